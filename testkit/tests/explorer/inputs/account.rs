//! A buggy account that loses deposits under some schedules of some inputs.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use testkit::{Explorer, Property, Sim};

/// An operation on the account.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Deposit(u32),
    Rename(String),
    Read,
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    prop_oneof![(1..100_u32).prop_map(Op::Deposit), "[a-z]{1,8}".prop_map(Op::Rename), Just(Op::Read)]
}

/// Runs each operation in a task. A deposit is lost if another one runs between its two locks. This takes two deposits
/// and a preemption between the locks.
pub(super) async fn deposits_are_lost(sim: Sim, ops: Vec<Op>) {
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

pub(super) fn of_ops(explorer: Explorer) -> Property<impl Strategy<Value = Vec<Op>> + 'static> {
    explorer.with_inputs(|| vec(op(), 1..20))
}

pub(super) const SMALLEST: &str = "input = [\n    Deposit(\n        1,\n    ),\n    Deposit(\n        1,\n    ),\n]";
