//! A test that hangs: the pipeline is killed after an hour, and its log ends in "running 1 test".
//!
//! Alan has a worker that stores shards from a queue, and ends with the queue. His test queues two shards and waits for the
//! worker. On his machine it hung now and then, he thought; then it hung always, and the pipeline told him nothing.
//!
//! A queue ends when its last sender is dropped, and the test holds one to its own end. It waits for the worker, and the worker
//! for it. A debugger shows a thread in `epoll_wait`, as a task that waits has no stack.
//!
//! What finds it: under `#[testkit::test]` there is no hang. Where no task can go on and no timer is left, the test is over, and
//! the report has the line at which each task waits. What mends it: the sender is dropped before the worker is awaited.

use di_core::task;
use testkit::Sim;
use tokio::sync::mpsc;

use crate::{Chapter, Source};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "hanging_test",
    pitfall: "a test hangs until the pipeline is killed: it waits for a worker that waits for the test's own sender",
    mend: "Drop the last sender before the worker is awaited: a channel ends when nobody can send any more.",
    source: Source { file: file!(), text: include_str!("hanging_test.rs") },
    uncompiled: None,
    wrong: || explorer().run(|_: Sim| wrong::all_shards_are_stored()).into(),
    right: || explorer().run(|_: Sim| right::all_shards_are_stored()).into(),
};

/// Stores what is queued, and returns how many shards it were.
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
        assert_eq!(worker.await.unwrap(), 2); // the queue has no end yet: `shards` lives on
    }
}

mod right {
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
    fn a_hang_is_a_deadlock() {
        assert_eq!((CHAPTER.wrong)().kind, Some(FailureKind::Deadlock));
    }

    #[test]
    fn a_queue_that_ends_ends_its_worker() {
        assert!((CHAPTER.right)().is_pass);
    }
}
