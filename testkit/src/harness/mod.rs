//! What `#[testkit::test]` expands to.

mod regressions;
mod test;

pub use test::{run_property, run_test, strategy_of};
