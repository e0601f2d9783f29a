//! A test that hangs: CI kills it after an hour, and its log ends with "running 1 test".
//!
//! Alan's worker stores shards from a queue and returns when the queue is closed. The test queues two shards and awaits
//! the worker. At first it seemed to hang now and then, later it hung every time, and the CI log gave no hint.
//!
//! A channel closes when its last sender is dropped, and the test holds a sender until it returns. So the test waits
//! for the worker, and the worker waits for the test. A debugger only shows a thread in `epoll_wait`, because a waiting
//! task has no stack.
//!
//! Detection: a `#[testkit::test]` does not hang. When no task can run and no timer is pending, the run ends with a
//! report of the line at which each task waits.
//!
//! Fix: drop the sender before awaiting the worker.

use di_core::task;
use testkit::Sim;
use tokio::sync::mpsc;

use crate::report::explorer;
use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "hanging_test",
    pitfall: "a test hangs until CI kills it: it awaits a worker, which waits until the test drops its sender",
    fix: "Drop the last sender before awaiting the worker: a channel closes when all of its senders are dropped.",
    source: Source { file: file!(), text: include_str!("hanging_test.rs") },
    uncompiled: None,
    run_wrong: || explorer().run(|_: Sim| wrong::all_shards_are_stored()).into(),
    run_fixed: || explorer().run(|_: Sim| fixed::all_shards_are_stored()).into(),
};

/// Stores all shards from the queue and returns their number.
async fn store_all(mut queue: mpsc::Receiver<&'static str>) -> usize {
    let mut stored = 0;
    while let Some(_shard) = queue.recv().await {
        stored += 1;
    }
    stored
}

mod wrong {
    use super::*;

    pub(super) async fn all_shards_are_stored() {
        let (shards, queue) = mpsc::channel(8);
        let worker = task::spawn(store_all(queue));
        for shard in ["shard-1", "shard-2"] {
            shards.send(shard).await.unwrap();
        }
        assert_eq!(worker.await.unwrap(), 2); // the queue is still open: `shards` is alive
    }
}

mod fixed {
    use super::*;

    pub(super) async fn all_shards_are_stored() {
        let (shards, queue) = mpsc::channel(8);
        let worker = task::spawn(store_all(queue));
        for shard in ["shard-1", "shard-2"] {
            shards.send(shard).await.unwrap();
        }
        drop(shards);
        assert_eq!(worker.await.unwrap(), 2);
    }
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn the_hang_is_reported_as_a_deadlock() {
        assert_eq!((CHAPTER.run_wrong)().failure_kind, Some(FailureKind::Deadlock));
    }

    #[test]
    fn the_worker_returns_when_the_queue_closes() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}
