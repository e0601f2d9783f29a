//! Random programs of socket calls have the same outcomes on the real loopback interface and in a simulation.

mod calls;
mod comparison;
mod operation;
mod program;
mod regressions;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use operation::Operation;

/// Asserts that this many random programs have the same outcomes.
fn compare_programs(count: u32, rng: TestRng) {
    let config = Config { cases: count, failure_persistence: None, max_shrink_time: 30_000, ..Config::default() };
    let compared = TestRunner::new_with_rng(config, rng).run(&operation::programs(30), |program| {
        comparison::difference(&program)
            .map_or(Ok(()), |difference| Err(proptest::test_runner::TestCaseError::fail(difference)))
    });
    if let Err(error) = compared {
        panic!("{error}");
    }
}

#[track_caller]
fn assert_same(program: &[Operation]) {
    if let Some(difference) = comparison::difference(program) {
        panic!("{difference}");
    }
}

#[test]
fn programs_have_the_same_outcomes_as_on_linux() {
    // The same programs each time. The other test searches for new ones.
    compare_programs(200, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
}

#[test]
#[ignore = "takes minutes"]
fn many_programs_have_the_same_outcomes_as_on_linux() {
    let count = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok());
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    compare_programs(count.unwrap_or(20_000), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
}
