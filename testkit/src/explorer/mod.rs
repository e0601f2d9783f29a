//! Runs a test under many schedules, and reports the first that fails.

mod all;
mod determinism;
mod environment;
mod property;
mod search;
mod settings;
mod smallest;
mod supervise;
mod test;

pub(crate) use determinism::Divergence;
pub use property::Property;
pub use settings::Explorer;
pub use test::{TestResult, run_property, run_test, strategy_of};
