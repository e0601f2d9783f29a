//! Checks laws for many inputs, which proptest generates and shrinks.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::Laws;

/// Maximum number of inputs.
const MAX_INPUTS: u32 = 32;

/// Checks laws for inputs that proptest generates, and shrinks an input that breaks a law.
///
/// ```
/// use futures_util::stream;
/// use proptest::collection::vec;
/// use testkit::laws;
///
/// laws::for_all(vec(0_u8..10, 0..5), |items| laws::stream(move |_| stream::iter(items.clone())));
/// ```
///
/// # Panics
/// Panics if a law is broken. The message contains the report and the smallest input that breaks the law.
#[track_caller]
pub fn for_all<S: Strategy>(inputs: S, laws: impl Fn(S::Value) -> Laws) {
    let config =
        Config { cases: MAX_INPUTS.min(Config::default().cases), failure_persistence: None, ..Config::default() };
    let checked = TestRunner::new(config)
        .run(&inputs, |input| laws(input).verdict().map_err(|broken| TestCaseError::fail(broken.to_string())));
    match checked {
        Ok(()) => {}
        Err(TestError::Fail(broken, input)) => panic!("{broken}  for the input {input:?}"),
        Err(aborted) => panic!("{aborted}"),
    }
}
