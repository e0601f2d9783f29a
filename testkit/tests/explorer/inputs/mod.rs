//! Tests with generated inputs: testkit shrinks, replays and keeps both the input and the schedule.

mod account;
mod attribute;
mod counts;
mod kept;
mod replay;
mod shrinking;
mod strategies;

use proptest::prelude::*;
use testkit::{Explorer, Failure, Outcome};

use crate::support::SECOND;

/// An explorer with enough time for a busy machine.
fn explorer() -> Explorer {
    Explorer::new().time(60 * SECOND)
}

fn failure(outcome: &Outcome) -> Failure {
    let failure = outcome.failure().expect("the test fails").clone();
    println!("{failure}");
    failure
}

#[track_caller]
fn passes(outcome: &Outcome) {
    if let Some(failure) = outcome.failure() {
        panic!("{failure}");
    }
}

fn panic_of(run: impl FnOnce() -> Outcome + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(run).expect_err("it panics");
    match panic.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => panic.downcast_ref::<&str>().expect("a text").to_string(),
    }
}

fn numbers() -> std::ops::Range<u64> {
    0..u64::MAX
}

/// A configuration that writes no files.
fn nothing_kept() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) }
}
