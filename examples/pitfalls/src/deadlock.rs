//! `FuturesUnordered` and a bounded body: a deadlock of one task with itself.
//!
//! Alan replicates an object. He opens a request to each host, keeps them in a `FuturesUnordered`, so that all of them are
//! under way at once, and sends each chunk into the bodies. In Java, a request that was begun goes on by itself.
//!
//! It worked for small objects. A larger one hung for ever, without an error, a panic, or load: the bodies hold two chunks,
//! the third waits for a host to read, and the requests, which would read, are polled by `requests.collect()` only, some lines
//! further down. A future does nothing while nobody polls it, and a collection of futures is polled by who awaits it.
//!
//! What finds it: any test under testkit with an object that is larger than the buffers. Nothing can wake the task any more,
//! which is a report and no hang. What mends it: feed and requests are polled together, by `join`, as distridata's `Replicator`
//! does; or each request is a task.

use bytes::Bytes;
use futures_util::{StreamExt, future};
use futures_util::stream::FuturesUnordered;
use http_body_util::BodyExt;
use http_body_util::channel::{Channel, Sender};
use testkit::Sim;

use crate::{Chapter, Source};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "deadlock",
    pitfall: "large uploads hang: requests in a `FuturesUnordered` are not polled while chunks are sent to them",
    mend: "Poll the requests while the chunks are sent, by `join`. Or spawn each: a task runs by itself, a future does not.",
    source: Source { file: file!(), text: include_str!("deadlock.rs") },
    uncompiled: None,
    wrong: || explorer().run(|_: Sim| a_large_object_is_stored(wrong::replicate)).into(),
    right: || explorer().run(|_: Sim| a_large_object_is_stored(right::replicate)).into(),
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
        requests.collect().await // which is not polled before it comes here
    }
}

mod right {
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

/// A request to a host, which stores what it reads. Returns how many chunks.
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

    /// The test that Alan had: all of it fits into the buffers.
    #[testkit::test]
    async fn a_small_object_is_stored_even_so(_: Sim) {
        assert_eq!(wrong::replicate(chunks(2)).await, [2, 2, 2]);
    }

    #[test]
    fn a_large_object_hangs() {
        assert_eq!((CHAPTER.wrong)().kind, Some(FailureKind::Deadlock));
    }

    #[test]
    fn a_large_object_is_stored_where_both_are_polled() {
        assert!((CHAPTER.right)().is_pass);
    }
}
