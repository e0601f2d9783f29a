//! `FuturesUnordered` and bounded channels: a task that deadlocks with itself.
//!
//! Alan replicates an object to three hosts. The code opens a request to each host, with a bounded channel as its body,
//! and keeps the requests in a `FuturesUnordered` to have all of them in flight at once. Then it sends each chunk to
//! every body. In Java, a request makes progress once it is started.
//!
//! Small objects work. A larger one hangs forever, without an error, a panic or CPU load. Each body holds two chunks,
//! so the third `send` waits for a host to read. That is the job of the requests, but nothing polls them before
//! `requests.collect()`, a few lines below. A future makes no progress unless it is polled, and a collection polls its
//! futures only when it is itself polled.
//!
//! Detection: any test under testkit with an object larger than the buffers. Once nothing can wake the task anymore,
//! the run ends with a deadlock report instead of hanging.
//!
//! Fix: poll the feed and the requests together with `join`, as distridata's `Replicator` does, or spawn each request.

use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, future};
use http_body_util::BodyExt;
use http_body_util::channel::{Channel, Sender};
use testkit::Sim;

use crate::report::explorer;
use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "deadlock",
    pitfall: "large uploads hang: the requests in a `FuturesUnordered` are not polled while chunks are sent to them",
    fix: "Poll the requests while sending, with `join`. Or spawn each one: tasks make progress without being awaited.",
    source: Source { file: file!(), text: include_str!("deadlock.rs") },
    uncompiled: None,
    run_wrong: || explorer().run(|_: Sim| a_large_object_is_stored(wrong::replicate)).into(),
    run_fixed: || explorer().run(|_: Sim| a_large_object_is_stored(fixed::replicate)).into(),
};

mod wrong {
    use super::*;

    pub(super) async fn replicate(chunks: Vec<Bytes>) -> Vec<usize> {
        let mut bodies = Vec::new();
        let requests = FuturesUnordered::new();
        for _host in 0..3 {
            let (body, receiver) = Channel::new(2);
            bodies.push(body);
            requests.push(put(receiver));
        }
        for chunk in chunks {
            for body in &mut bodies {
                send(body, chunk.clone()).await; // the third chunk waits for `put` to read
            }
        }
        drop(bodies);
        requests.collect().await // the requests are not polled before this line
    }
}

mod fixed {
    use super::*;

    pub(super) async fn replicate(chunks: Vec<Bytes>) -> Vec<usize> {
        let mut bodies = Vec::new();
        let requests = FuturesUnordered::new();
        for _host in 0..3 {
            let (body, receiver) = Channel::new(2);
            bodies.push(body);
            requests.push(put(receiver));
        }
        let feed = async move {
            for chunk in chunks {
                for body in &mut bodies {
                    send(body, chunk.clone()).await;
                }
            }
        };
        let ((), stored) = future::join(feed, requests.collect()).await;
        stored
    }
}

async fn send(body: &mut Sender<Bytes>, chunk: Bytes) {
    body.send_data(chunk).await.expect("the host reads to the end");
}

/// Sends a request to a host, which stores the chunks that it reads. Returns the number of chunks.
async fn put(mut body: Channel<Bytes>) -> usize {
    let mut stored = 0;
    while let Some(frame) = body.frame().await {
        stored += usize::from(frame.expect("a body in memory does not fail").is_data());
    }
    stored
}

async fn a_large_object_is_stored(replicate: impl AsyncFn(Vec<Bytes>) -> Vec<usize>) {
    assert_eq!(replicate(chunks(5)).await, [5, 5, 5]);
}

fn chunks(count: usize) -> Vec<Bytes> {
    vec![Bytes::from_static(b"a chunk"); count]
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    /// Alan's test, which passes: the whole object fits into the buffers.
    #[testkit::test]
    async fn a_small_object_fits_into_the_buffers(_: Sim) {
        assert_eq!(wrong::replicate(chunks(2)).await, [2, 2, 2]);
    }

    #[test]
    fn a_large_object_hangs() {
        assert_eq!((CHAPTER.run_wrong)().failure_kind, Some(FailureKind::Deadlock));
    }

    #[test]
    fn a_large_object_is_stored_if_requests_are_polled_while_sending() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}
