//! Correct uses of `tokio::spawn`, `JoinSet`, `LocalSet`, task-locals and the cooperative budget.

use std::cell::Cell;
use std::future::pending;

use tokio::sync::mpsc;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::sleep;

use super::passes;
use crate::support::{MILLISECOND, SECOND};

#[test]
fn raw_tasks_that_exchange_messages_pass() {
    passes(|_| async {
        let (to, mut from) = mpsc::channel(1);
        let (back, mut answers) = mpsc::channel(1);
        let server = tokio::spawn(async move {
            while let Some(item) = from.recv().await {
                sleep(5 * MILLISECOND).await;
                back.send(item + 1).await.unwrap();
            }
        });
        for item in 0..4 {
            to.send(item).await.unwrap();
            assert_eq!(answers.recv().await, Some(item + 1));
        }
        drop(to);
        server.await.unwrap();
    });
}

#[test]
fn a_raw_join_set_passes() {
    passes(|_| async {
        let mut set = JoinSet::new();
        for at in 0..5 {
            set.spawn(async move {
                sleep(at * 10 * MILLISECOND).await;
                at
            });
        }
        let mut sum = 0;
        while let Some(at) = set.join_next().await {
            sum += at.unwrap();
        }
        assert_eq!(sum, 10);
        set.spawn(pending());
        set.shutdown().await;
    });
}

#[test]
fn an_aborted_raw_task_passes() {
    passes(|_| async {
        let waiting = tokio::spawn(pending::<()>());
        sleep(SECOND).await;
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_raw_task_with_an_observed_panic_passes() {
    passes(|_| async {
        assert!(tokio::spawn(async { panic!("boom") }).await.unwrap_err().is_panic());
    });
}

#[test]
fn a_raw_task_with_a_panic_that_is_observed_later_passes() {
    passes(|_| async {
        let panicking = tokio::spawn(async { panic!("boom") });
        sleep(SECOND).await;
        assert!(panicking.await.unwrap_err().is_panic());
    });
}

#[test]
fn a_supervisor_of_raw_tasks_passes() {
    passes(|_| async {
        let supervisor = tokio::spawn(async { tokio::spawn(async { panic!("boom") }).await.is_err() });
        sleep(SECOND).await;
        assert!(supervisor.await.unwrap());
    });
}

#[test]
fn a_local_set_passes() {
    passes(|_| async {
        let local = LocalSet::new();
        let count = std::rc::Rc::new(Cell::new(0));
        let own = count.clone();
        let running = local.run_until(async move {
            let task = tokio::task::spawn_local(async move {
                for _ in 0..3 {
                    sleep(5 * MILLISECOND).await;
                    own.set(own.get() + 1);
                }
            });
            task.await.unwrap();
        });
        running.await;
        assert_eq!(count.get(), 3);
    });
}

#[test]
fn a_task_local_passes() {
    tokio::task_local! {
        static NAME: u32;
    }
    passes(|sim| async move {
        let named = sim.spawn(
            "named",
            NAME.scope(7, async {
                sleep(MILLISECOND).await;
                NAME.get()
            }),
        );
        assert_eq!(named.await.unwrap(), 7);
    });
}

#[test]
fn a_loop_that_consumes_the_cooperative_budget_passes() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::channel::<u8>(1);
        let spinning = sim.spawn("spinning", async move {
            while sender.try_reserve().is_ok() {
                tokio::task::consume_budget().await;
            }
        });
        sleep(MILLISECOND - MILLISECOND).await;
        receiver.close();
        spinning.await.unwrap();
        tokio::task::unconstrained(async {
            for _ in 0..300 {
                tokio::task::consume_budget().await;
            }
        })
        .await;
    });
}
