//! Correct uses of cancellation tokens, task trackers, delay queues and pollable senders in tokio-util.

use std::future::poll_fn;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, PollSemaphore, PollSender};
use tokio_util::task::TaskTracker;
use tokio_util::time::DelayQueue;

use super::passes;
use crate::support::{MILLISECOND, SECOND};

#[test]
fn a_cancellation_token_passes() {
    passes(|sim| async move {
        let token = CancellationToken::new();
        let mut tasks = Vec::new();
        for _ in 0..3 {
            let child = token.child_token();
            tasks.push(sim.spawn("waiting", async move { child.cancelled().await }));
        }
        let child = token.clone();
        tasks.push(sim.spawn("working", async move {
            assert!(child.run_until_cancelled(sleep(3600 * SECOND)).await.is_none());
        }));
        sleep(SECOND).await;
        token.cancel();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_task_tracker_passes() {
    passes(|sim| async move {
        let tracker = TaskTracker::new();
        for at in 0..3 {
            drop(sim.spawn("tracked", tracker.track_future(sleep(at * 10 * MILLISECOND))));
        }
        tracker.spawn(sleep(15 * MILLISECOND));
        tracker.close();
        tracker.wait().await;
    });
}

#[test]
fn a_delay_queue_passes() {
    passes(|_| async {
        let mut queue = DelayQueue::new();
        for at in [30_u32, 10, 20] {
            queue.insert(at, at * MILLISECOND);
        }
        let mut order = Vec::new();
        while let Some(expired) = queue.next().await {
            order.push(expired.into_inner());
        }
        assert_eq!(order, [10, 20, 30]);
    });
}

#[test]
fn a_pollable_sender_and_semaphore_pass() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::channel(1);
        let sending = sim.spawn("sending", async move {
            let mut sender = PollSender::new(sender);
            for item in 0..4 {
                sender.send(item).await.unwrap();
            }
        });
        while receiver.recv().await.is_some() {
            sleep(MILLISECOND).await;
        }
        sending.await.unwrap();
        let permits = Arc::new(Semaphore::new(0));
        let mut polled = PollSemaphore::new(permits.clone());
        let waiting =
            sim.spawn("waiting", async move { poll_fn(|context| polled.poll_acquire(context)).await.is_some() });
        sleep(SECOND).await;
        permits.add_permits(1);
        assert!(waiting.await.unwrap());
    });
}
