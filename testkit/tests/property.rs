//! Tests with inputs: what they find, how input and schedule are made small, and how both come back.

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use support::{SECOND, all_of, assert_tells, printed, run_alone};
use testkit::{Explorer, Failure, FailureKind, Outcome, Property, Schedule, Sim};

/// What is done to an account.
#[derive(Clone, Debug)]
enum Op {
    Deposit(u32),
    Rename(String),
    Read,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![(1..100_u32).prop_map(Op::Deposit), "[a-z]{1,8}".prop_map(Op::Rename), Just(Op::Read)]
}

/// Each op in a task of its own. A deposit is lost where another comes between its two locks: that takes two deposits, and a
/// preemption between the locks.
async fn deposits_are_lost(sim: Sim, ops: Vec<Op>) {
    let account = Arc::new(tokio::sync::Mutex::new((0, String::new())));
    let expected: u32 = ops.iter().map(|op| if let Op::Deposit(amount) = op { *amount } else { 0 }).sum();
    let tasks: Vec<_> = ops
        .into_iter()
        .map(|op| {
            let account = account.clone();
            sim.spawn("op", async move {
                match op {
                    Op::Deposit(amount) => {
                        let balance = account.lock().await.0;
                        account.lock().await.0 = balance + amount;
                    }
                    Op::Rename(name) => account.lock().await.1 = name,
                    Op::Read => _ = account.lock().await.0,
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(account.lock().await.0, expected);
}

fn of_ops(explorer: Explorer) -> Property<impl Strategy<Value = Vec<Op>> + 'static> {
    explorer.with_inputs(|| vec(op(), 1..20))
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

#[test]
fn input_and_schedule_are_made_small_together() {
    for seed in 0..40 {
        let found = failure(&of_ops(Explorer::new().seed(seed)).run(deposits_are_lost));
        assert_eq!(found.kind(), FailureKind::Panic);
        if std::env::var_os("TRY").is_some() {
            println!(
                "TRIED {} {} {}",
                found.input().unwrap().matches("Deposit").count(),
                found.input().unwrap().lines().count(),
                found.choices().len()
            );
            continue;
        }
        assert_eq!(
            found.input(),
            Some("input = [\n    Deposit(\n        1,\n    ),\n    Deposit(\n        1,\n    ),\n]"),
            "{found}"
        );
        assert_eq!(found.choices().len(), 1, "{found}");
        assert!(found.choices()[0].to_string().contains("preempted `op`"), "{found}");
    }
}
