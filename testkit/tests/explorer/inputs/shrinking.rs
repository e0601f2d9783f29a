//! Shrinking of inputs together with their schedules.

use proptest::prelude::*;
use testkit::{FailureKind, Sim};

use super::account::{SMALLEST, deposits_are_lost, of_ops};
use super::{explorer, failure};
use crate::support::assert_report_contains;

#[test]
fn input_and_schedule_are_shrunk_together() {
    for seed in 0..5 {
        let found = failure(&of_ops(explorer().seed(seed)).run(deposits_are_lost));
        assert_eq!((found.kind(), found.input()), (FailureKind::Panic, Some(SMALLEST)), "{found}");
        assert_eq!(found.choices().len(), 1, "{found}");
    }
}

#[test]
fn a_report_contains_the_input_and_the_choices() {
    let found = failure(&of_ops(explorer()).run(deposits_are_lost));
    assert_eq!(found.choices().len(), 1, "{found}");
    let number = found.found_after().div_ceil(25);
    assert_report_contains(
        &found,
        &[
            "panic: task 0 `main` panicked at testkit/tests/explorer/inputs/account.rs:",
            "left: 1\n right: 2\n",
            &format!("\n  input {number} of 64, simplified:\n    input = [\n        Deposit(\n"),
            " of 25; ",
            "preempted `op` at account.rs:",
            &format!("replay    TESTKIT_REPLAY='{}' cargo test", found.schedule()),
        ],
    );
}

#[test]
fn input_and_schedule_are_kept_as_found_without_shrinking() {
    let small = failure(&of_ops(explorer()).run(deposits_are_lost));
    let whole = failure(&of_ops(explorer().shrink(false)).run(deposits_are_lost));
    assert_eq!(whole.found_after(), small.found_after());
    assert!(whole.input().unwrap().len() > small.input().unwrap().len(), "{whole}");
    assert!(whole.choices().len() > small.choices().len(), "{whole}");
    let config = ProptestConfig { max_shrink_iters: 0, ..ProptestConfig::with_cases(64) };
    let schedule_only = failure(&of_ops(explorer()).config(config).run(deposits_are_lost));
    assert_eq!(schedule_only.input(), whole.input());
    assert!(schedule_only.choices().len() < whole.choices().len(), "{schedule_only}");
}

#[test]
fn a_simpler_input_with_another_failure_does_not_count() {
    // Inputs below 100 fail at another line, and inputs below 5 fail with a deadlock.
    let test = |_: Sim, number: u32| async move {
        assert!(number < 100, "large");
        assert!(number < 10, "small");
        if number < 5 {
            std::future::pending::<()>().await;
        }
    };
    let found = failure(&explorer().with_inputs(|| 100..1000_u32).run(test));
    assert_eq!(found.input(), Some("input = 100"));
    let found = failure(&explorer().with_inputs(|| 0..100_u32).run(test));
    assert_ne!(found.input(), Some("input = 100"));
    let found = failure(&explorer().with_inputs(|| (50..100_u32).prop_map(|number| number - 45)).run(test));
    assert_eq!(found.input(), Some("input = 10"));
}

#[test]
fn a_deadlock_may_have_fewer_tasks_with_a_simpler_input() {
    let test = |sim: Sim, more: usize| async move {
        for _ in 0..more {
            drop(sim.spawn("waits elsewhere", std::future::pending::<()>()));
        }
        sim.spawn("waits", std::future::pending::<()>()).await.unwrap();
    };
    let whole = failure(&explorer().shrink(false).with_inputs(|| 0..10_usize).run(test));
    assert_ne!(whole.input(), Some("input = 0"));
    let found = failure(&explorer().with_inputs(|| 0..10_usize).run(test));
    assert_eq!((found.kind(), found.input()), (FailureKind::Deadlock, Some("input = 0")));
}
