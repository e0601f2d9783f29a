//! `settle` waits for the other tasks, and `advance` moves time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use di_core::task;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use testkit::{Explorer, Scheduler, Sim};

use crate::support::{SECOND, passes};

#[test]
fn a_task_that_is_ready_while_time_advances_is_delayed() {
    passes(Explorer::new().scheduler(Scheduler::Fifo), |sim: Sim| async move {
        let waiting = sim.spawn("waiting", async {});
        sim.advance(SECOND).await;
        assert_eq!(sim.tasks()[1].delay(), SECOND);
        waiting.await.unwrap();
    });
}

#[test]
fn settle_waits_until_all_other_tasks_are_blocked() {
    passes(Explorer::new(), |sim: Sim| async move {
        let steps = Arc::new(AtomicUsize::new(0));
        for _ in 0..3 {
            let steps = steps.clone();
            drop(sim.spawn("stepping", async move {
                for _ in 0..10 {
                    task::yield_now().await;
                    steps.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        sim.settle().await;
        assert_eq!(steps.load(Ordering::Relaxed), 30);
        assert_eq!(sim.elapsed(), Duration::ZERO);
    });
}

#[test]
fn settle_waits_for_raw_tasks() {
    passes(Explorer::new(), |sim: Sim| async move {
        let steps = Arc::new(AtomicUsize::new(0));
        let own = steps.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                tokio::task::yield_now().await;
                own.fetch_add(1, Ordering::Relaxed);
            }
        });
        sim.settle().await;
        assert_eq!(steps.load(Ordering::Relaxed), 10);
    });
}

#[test]
fn settle_does_not_return_early_when_a_sibling_wakes_its_task() {
    passes(Explorer::new(), |sim: Sim| async move {
        let steps = Arc::new(AtomicUsize::new(0));
        let own = steps.clone();
        drop(sim.spawn("stepping", async move {
            for _ in 0..10 {
                task::yield_now().await;
                own.fetch_add(1, Ordering::Relaxed);
            }
        }));
        let settling = async {
            sim.settle().await;
            assert_eq!(steps.load(Ordering::Relaxed), 10);
        };
        tokio::join!(settling, task::yield_now());
    });
}

#[test]
fn advance_moves_time_and_fires_timers_although_other_tasks_are_ready() {
    passes(Explorer::new(), |sim: Sim| async move {
        let ringing = sim.spawn("ringing", tokio::time::sleep(SECOND));
        sim.settle().await;
        drop(sim.spawn("ready", async {
            for _ in 0..100 {
                task::yield_now().await
            }
        }));
        sim.advance(SECOND).await;
        assert_eq!(sim.elapsed(), SECOND);
        ringing.await.unwrap();
        assert_eq!(sim.elapsed(), SECOND);
    });
}

#[test]
fn advance_has_moved_time_when_a_group_of_futures_polls_it() {
    passes(Explorer::new(), |sim: Sim| async move {
        // Because one member is ready, the group polls `advance` twice in one poll of its task.
        let member = |is_first: bool| async move {
            if is_first {
                sim.advance(SECOND).await;
                assert_eq!(sim.elapsed(), SECOND);
            }
        };
        let group: FuturesUnordered<_> = [member(true), member(false)].into_iter().collect();
        group.collect::<Vec<()>>().await;
    });
}
