//! Runs a test under many schedules and reports the first failure, or all different failures of a soak.

mod distinct;
mod environment;
mod exhaustive;
mod explain;
mod interrupt;
mod late_wakes;
mod minimize;
mod padded;
mod progress;
mod schedule_runner;
mod schedules;
mod search;
mod settings;
mod soak;
mod tally;
mod test_result;
mod watchdog;
mod worker_thread;

pub(crate) use interrupt::is_interrupted;
pub(crate) use schedules::mixed;
pub(crate) use search::{MAX_LOST_WORKERS, MAX_REPORTS, SearchResult, explain_failing, find_failure};
pub use settings::Explorer;
pub(crate) use settings::Shard;
pub(crate) use soak::soak;
pub(crate) use tally::{FailingSchedule, Tally};
pub use test_result::IntoTestResult;
pub(crate) use test_result::TestFuture;
