//! The search sees every order in which tasks can run.

use std::collections::BTreeSet;

use di_core::task::{self, JoinSet};
use testkit::{Explorer, Scheduler, Sim};

use super::{Log, log, log_twice, taken};
use crate::support::{SECOND, seen};

#[test]
fn both_orders_of_two_tasks_spawned_with_sim_are_seen() {
    let orders = seen(|sim: Sim| async move {
        let order = Log::default();
        let (a, b) = (sim.spawn("a", log(order.clone(), 1)), sim.spawn("b", log(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}

#[test]
fn both_orders_of_two_tasks_spawned_with_a_spawner_are_seen() {
    let orders = seen(|sim: Sim| async move {
        let (order, spawner) = (Log::default(), sim.spawner());
        let (a, b) = (spawner.spawn("a", log(order.clone(), 1)), spawner.spawn("b", log(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}

#[test]
fn both_orders_of_two_tasks_spawned_with_di_core_are_seen() {
    let orders = seen(|_| async {
        let order = Log::default();
        let (a, b) = (task::spawn(log(order.clone(), 1)), task::spawn(log(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}

#[test]
fn all_six_orders_of_three_tasks_in_a_join_set_are_seen() {
    let orders = seen(|_| async {
        let mut set = JoinSet::new();
        for number in 1..=3_u8 {
            set.spawn(async move { number });
        }
        let mut order = Vec::new();
        while let Some(number) = set.join_next().await {
            order.push(number.unwrap());
        }
        order
    });
    assert_eq!(orders.len(), 6, "{orders:?}");
}

#[test]
fn all_interleavings_of_two_tasks_with_a_yield_are_seen() {
    let orders = seen(|sim: Sim| async move {
        let order = Log::default();
        let (a, b) = (sim.spawn("a", log_twice(order.clone(), 1)), sim.spawn("b", log_twice(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders.len(), 6, "{orders:?}");
}

#[test]
fn both_orders_of_a_task_and_a_raw_task_are_seen() {
    let orders = seen(|sim: Sim| async move {
        let order = Log::default();
        let (a, b) = (sim.spawn("a", log(order.clone(), 1)), tokio::spawn(log(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}

#[test]
fn fifo_is_one_schedule() {
    let outcome = Explorer::new().scheduler(Scheduler::Fifo).schedules(100).run(|sim: Sim| async move {
        let order = Log::default();
        let (a, b) = (sim.spawn("a", log_twice(order.clone(), 1)), sim.spawn("b", log_twice(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        assert_eq!(taken(&order), [1, 2, 1, 2]);
    });
    assert!(outcome.failure().is_none());
    assert_eq!(outcome.schedules_run(), 1);
}

#[test]
fn both_orders_of_two_simultaneous_timers_are_seen() {
    let orders = seen(|sim: Sim| async move {
        let order = Log::default();
        let task = |what| {
            let order = order.clone();
            async move {
                tokio::time::sleep(SECOND).await;
                log(order, what).await;
            }
        };
        let (a, b) = (sim.spawn("a", task(1)), sim.spawn("b", task(2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}
