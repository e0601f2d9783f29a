//! Replays with inputs: a seed or a schedule reproduces the input.

use proptest::collection::vec;
use proptest::prelude::*;
use testkit::{Explorer, Schedule};

use super::account::{Op, deposits_are_lost, of_ops};
use super::{explorer, failure, nothing_kept, panic_of};
use crate::support::{assert_report_contains, identity_of};

#[test]
fn a_schedule_reproduces_the_input() {
    let found = failure(&of_ops(explorer()).run(deposits_are_lost));
    let schedule: Schedule = found.schedule().to_string().parse().unwrap();
    let outcome = of_ops(explorer().replay(&schedule)).run(deposits_are_lost);
    let again = failure(&outcome);
    assert_eq!((outcome.schedules_run(), again.found_after()), (1, 1));
    assert_eq!((again.input(), again.choices(), again.schedule()), (found.input(), found.choices(), found.schedule()));
    assert_report_contains(&again, &["\n  input of the replayed schedule:\n    input = ["]);
}

#[test]
fn a_schedule_reproduces_the_input_for_any_number_of_inputs() {
    let lists = || (1..20_usize).prop_flat_map(|length| vec(0..100_u32, length));
    let run = |explorer: Explorer, cases| {
        let property = explorer.with_inputs(lists).config(ProptestConfig { cases, ..nothing_kept() });
        failure(&property.run(|_, list| async move { assert!(list.iter().sum::<u32>() < 140) }))
    };
    let found = run(explorer(), 64);
    for cases in [1, 7, 1_000] {
        assert_eq!(run(explorer().replay(found.schedule()), cases).input(), found.input(), "{cases} cases");
    }
}

#[test]
fn the_seed_determines_the_failure() {
    let found = |seed| {
        let failure = failure(&of_ops(explorer().seed(seed)).run(deposits_are_lost));
        (identity_of(&failure), failure.input().unwrap().to_owned())
    };
    assert_eq!(found(3), found(3));
    assert_ne!(found(3).0.2, found(4).0.2);
}

#[test]
fn a_failure_does_not_depend_on_the_number_of_jobs() {
    let found = |jobs| {
        let failure = failure(&of_ops(explorer().jobs(jobs)).run(deposits_are_lost));
        (identity_of(&failure), failure.input().unwrap().to_owned())
    };
    assert_eq!(found(3), found(1));
}

#[test]
fn a_schedule_without_an_input_is_rejected() {
    let schedule: Schedule = "v1:7;p1.0.0=1".parse().unwrap();
    let text = panic_of(move || of_ops(explorer().replay(&schedule)).run(deposits_are_lost));
    assert!(text.starts_with("cannot replay the schedule `v1:7;p1.0.0=1`: it contains no input"), "{text}");
}

#[test]
fn an_input_that_the_strategy_no_longer_generates_is_rejected() {
    let found = failure(&of_ops(explorer()).run(deposits_are_lost));
    let schedule = found.schedule().clone();
    // The input cannot be simplified.
    let text =
        panic_of(move || Explorer::new().replay(&schedule).with_inputs(|| Just(vec![Op::Read])).run(deposits_are_lost));
    assert!(
        text.contains("its input cannot be generated again: the strategy generates different inputs than before"),
        "{text}"
    );
}
