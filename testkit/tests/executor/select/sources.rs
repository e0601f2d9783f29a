//! A `select!` over watches, channels and timers is deterministic.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::StreamExt;
use testkit::Sim;
use tokio::select;
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::{sleep, timeout};

use super::{Log, determined, first_of_two, queue, taken, work};
use crate::support::MILLISECOND;

#[test]
fn watch_receivers_in_separate_tasks_are_deterministic() {
    let seen = determined(|sim: Sim| async move {
        let (log, (sender, receiver)) = (Log::default(), watch::channel(0));
        let watching = |number| {
            let (log, mut receiver) = (log.clone(), receiver.clone());
            let task = async move {
                while receiver.changed().await.is_ok() {
                    log.lock().unwrap().push((number, *receiver.borrow_and_update()));
                }
            };
            sim.spawn("watching", task)
        };
        let tasks: Vec<_> = (0..5).map(watching).collect();
        for value in 1..3 {
            sim.settle().await;
            sender.send(value).unwrap();
        }
        sim.settle().await;
        drop(sender);
        for task in tasks {
            task.await.unwrap();
        }
        taken(&log)
    });
    assert!(seen.len() > 50, "{}", seen.len());
}

#[test]
fn a_select_over_watch_receivers_starts_with_each_branch() {
    let seen = determined(|sim: Sim| async move {
        let (sender, mut a) = watch::channel(0);
        let (mut b, mut c) = (a.clone(), a.clone());
        let watching = sim.spawn("watching", async move {
            select! { _ = a.changed() => 0, _ = b.changed() => 1, _ = c.changed() => 2 }
        });
        sim.settle().await;
        sender.send(1).unwrap();
        watching.await.unwrap()
    });
    assert_eq!(seen, BTreeSet::from([0, 1, 2]));
}

#[test]
fn a_watch_awaited_between_selects_is_deterministic() {
    determined(|_| async {
        let (sender, mut receiver) = watch::channel(0);
        let mut firsts = Vec::new();
        for value in 1..5 {
            firsts.push(first_of_two().await);
            assert!(timeout(MILLISECOND, receiver.changed()).await.is_err());
            firsts.push(first_of_two().await);
            sender.send(value).unwrap();
            receiver.changed().await.unwrap();
        }
        firsts
    });
}

#[test]
fn a_select_in_a_raw_task_with_one_ready_branch_does_no_harm() {
    let seen = determined(|sim: Sim| async move {
        let raw = tokio::spawn(async {
            let ((_a, mut a), (_b, mut b)) = (queue(0), queue(3));
            let mut items = Vec::new();
            for _ in 0..3 {
                select! { item = a.recv() => items.extend(item), item = b.recv() => items.extend(item) }
                tokio::task::yield_now().await;
            }
            items
        });
        let ours = sim.spawn("ours", work());
        assert_eq!(raw.await.unwrap(), [0, 1, 2]);
        ours.await.unwrap()
    });
    assert!(seen.contains(&0) && seen.contains(&5), "{seen:?}");
}

#[test]
fn a_select_over_channels_from_the_futures_crate_is_deterministic() {
    let seen = determined(|_| async {
        let (sender, mut items) = futures_channel::mpsc::unbounded();
        let (shutdown, mut shut_down) = futures_channel::oneshot::channel();
        for item in 0..3 {
            sender.unbounded_send(item).unwrap();
        }
        shutdown.send(()).unwrap();
        let mut taken = 0;
        loop {
            select! { _ = items.next() => taken += 1, _ = &mut shut_down => return taken }
            if taken == 3 {
                return taken;
            }
        }
    });
    assert_eq!(seen, BTreeSet::from([0, 1, 2, 3]));
}

#[test]
fn either_of_two_sleeps_that_end_together_wins() {
    let seen = determined(|sim: Sim| async move {
        let first = select! { _ = sleep(10 * MILLISECOND) => 0, _ = sleep(10 * MILLISECOND) => 1 };
        assert_eq!(sim.elapsed(), 10 * MILLISECOND);
        first
    });
    assert_eq!(seen, BTreeSet::from([0, 1]));
}

#[test]
fn either_of_a_reply_and_its_simultaneous_timeout_wins() {
    let seen = determined(|sim: Sim| async move {
        let (reply, replied) = oneshot::channel();
        let replying = sim.spawn("replying", async move {
            sleep(10 * MILLISECOND).await;
            _ = reply.send(());
        });
        let in_time = select! { _ = replied => true, _ = sleep(10 * MILLISECOND) => false };
        replying.await.unwrap();
        in_time
    });
    assert_eq!(seen, BTreeSet::from([false, true]));
}

#[test]
fn a_select_aborted_while_it_waits_is_deterministic() {
    determined(|sim: Sim| async move {
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let waiting = sim.spawn("waiting", async move {
            loop {
                select! { _ = stopped.notified() => return 1, _ = sleep(MILLISECOND) => {} }
            }
        });
        sim.sleep(3 * MILLISECOND).await;
        stop.notify_one();
        waiting.abort();
        waiting.await.unwrap_or(2)
    });
}
