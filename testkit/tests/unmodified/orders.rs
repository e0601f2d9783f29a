//! The orders of tasks, local tasks and the branches of `select!` are explored.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use testkit::{Explorer, FailureKind};
use tokio::task::{JoinSet, LocalSet, spawn_local, yield_now};

use crate::support::passes;

/// Returns all that a program returns under some schedule.
fn outputs<T: Ord + Debug + Send + 'static, R: Future<Output = T> + 'static>(
    program: impl Fn() -> R + Send + Sync + 'static,
) -> BTreeSet<T> {
    let outputs = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = outputs.clone();
    let outcome = Explorer::new().schedules(1_000).run(move |_| {
        let (output, seen) = (program(), seen.clone());
        async move {
            let output = output.await;
            seen.lock().unwrap().insert(output);
        }
    });
    assert!(outcome.failure().is_none(), "{:?}", outcome.failure());
    assert!(!outcome.coverage().has_raw_tasks(), "each task is one of the simulation");
    Arc::try_unwrap(outputs).unwrap().into_inner().unwrap()
}

#[test]
fn tasks_run_in_each_order() {
    let orders = outputs(|| async {
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for number in 0..3 {
            let order = order.clone();
            tasks.spawn(async move { order.lock().unwrap().push(number) });
        }
        tasks.join_all().await;
        order.lock().unwrap().clone()
    });
    assert_eq!(orders.len(), 6, "{orders:?}");
}

#[test]
fn local_tasks_run_in_each_order() {
    let orders = outputs(|| async {
        let order = Rc::new(RefCell::new(Vec::new()));
        let local = LocalSet::new();
        let running = local.run_until(async {
            let spawn = |number| {
                let order = order.clone();
                spawn_local(async move { order.borrow_mut().push(number) })
            };
            for task in (0..3).map(spawn).collect::<Vec<_>>() {
                task.await.unwrap();
            }
        });
        running.await;
        order.take()
    });
    assert_eq!(orders.len(), 6, "{orders:?}");
}

/// Another task runs between two steps of local tasks.
#[test]
fn local_tasks_take_turns_with_other_tasks() {
    let orders = outputs(|| async {
        let order = Arc::new(Mutex::new(String::new()));
        let by_other = order.clone();
        let other = tokio::spawn(async move { by_other.lock().unwrap().push('o') });
        let local = LocalSet::new();
        for name in ['a', 'b'] {
            let order = order.clone();
            local.spawn_local(async move { order.lock().unwrap().push(name) });
        }
        local.await;
        other.await.unwrap();
        order.lock().unwrap().clone()
    });
    assert!(["oab", "aob", "abo", "bao"].iter().all(|order| orders.contains(*order)), "{orders:?}");
}

#[test]
fn each_select_begins_at_each_branch() {
    let branches = outputs(|| async {
        let mut taken = Vec::new();
        for _ in 0..2 {
            taken.push(tokio::select! {
                () = async {} => 0,
                () = async {} => 1,
                () = async {} => 2,
            });
        }
        taken
    });
    assert_eq!(branches.len(), 9, "{branches:?}");
}

/// tokio distributes the receivers of a `watch` at random, and wakes them in that order.
#[test]
fn the_receivers_of_a_watch_are_woken_in_an_order_that_a_schedule_determines() {
    passes(Explorer::new().schedules(500), |_| async {
        let (sender, receiver) = tokio::sync::watch::channel(0);
        let mut tasks = JoinSet::new();
        for _ in 0..6 {
            let mut receiver = receiver.clone();
            tasks.spawn(async move { receiver.wait_for(|&value| value == 2).await.map(|value| *value) });
        }
        yield_now().await;
        sender.send(1).unwrap();
        yield_now().await;
        sender.send(2).unwrap();
        while let Some(value) = tasks.join_next().await {
            assert_eq!(value.unwrap().unwrap(), 2);
        }
    });
}

#[test]
fn select_in_a_spawned_task_is_replayed() {
    let test = |_| async {
        let choose = || async {
            tokio::select! {
                () = async {} => 0,
                () = async {} => 1,
            }
        };
        let both = tokio::spawn(async move { (choose().await, choose().await) });
        assert_ne!(both.await.unwrap(), (1, 0));
    };
    let outcome = Explorer::new().run(test);
    let failure = outcome.failure().expect("the branches are explored");
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_eq!(failure.choices().len(), 1, "{failure}");
    let replayed = Explorer::new().replay(failure.schedule()).run(test);
    assert_eq!(replayed.failure().unwrap().choices().len(), 1);
}

#[test]
fn a_task_is_preempted_at_an_await_that_is_ready() {
    let outcome = Explorer::new().run(|_| async {
        let balance = Arc::new(tokio::sync::Mutex::new(0));
        let deposit = |balance: Arc<tokio::sync::Mutex<u32>>| async move {
            let before = *balance.lock().await;
            *balance.lock().await = before + 1;
        };
        let tasks = [(); 2].map(|()| tokio::spawn(deposit(balance.clone())));
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*balance.lock().await, 2);
    });
    let failure = outcome.failure().expect("a deposit is lost");
    assert!(failure.found_after() <= 50, "{failure}");
    let text = failure.schedule().to_string();
    assert!(text.contains(";tokio;"), "{text}");
}

#[test]
fn tasks_of_tokio_and_of_the_simulation_are_explored_together() {
    let orders = outputs(|| async {
        let order = Arc::new(Mutex::new(Vec::new()));
        let (first, second) = (order.clone(), order.clone());
        let by_tokio = tokio::spawn(async move {
            yield_now().await;
            first.lock().unwrap().push("tokio");
        });
        let by_us = di_core::task::spawn(async move {
            yield_now().await;
            second.lock().unwrap().push("di_core");
        });
        by_tokio.await.unwrap();
        by_us.await.unwrap();
        order.lock().unwrap().clone()
    });
    assert_eq!(orders.len(), 2, "{orders:?}");
}
