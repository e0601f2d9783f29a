//! Runs a test under many schedules, and reports the first that fails; in a soak, all that fail differently.

mod all;
mod determinism;
mod environment;
mod explain;
mod hand;
mod interrupt;
mod progress;
mod property;
mod regressions;
mod search;
mod seen;
mod settings;
mod smallest;
mod soak;
mod standing;
mod supervise;
mod tally;
mod test;
mod tools;

pub(crate) use determinism::Divergence;
pub use property::Property;
pub use settings::Explorer;
pub(crate) use standing::Standing;
pub use test::{TestResult, run_property, run_test, strategy_of};
