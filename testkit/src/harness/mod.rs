//! Functions called by the expansion of `#[testkit::test]`.

mod regressions;
mod test;

pub use test::{run_property, run_test, strategy_of};
