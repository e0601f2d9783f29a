//! Futures that are too large: a buffer on the stack is no buffer on the stack.
//!
//! Alan copies chunks by way of an array of 16 KiB, as one does in C, to save an allocation. Three hosts at once, in a `timeout`.
//! The service needed ten times the memory that he had reckoned with, and a test overflowed its stack.
//!
//! What lives across an `await` is kept in the future. It has room for the array, the future that awaits it has room for that one,
//! and `join` for three of them; and until it is spawned, each move copies all of it. A function that passes a future on by value
//! has it twice.
//!
//! What finds it: `size_of_val` in a test, with a bound; and testkit's reports point out a task with more than 16 KiB. What mends
//! it: the buffer is a `Vec`, whose three words are in the future; or the whole future is boxed where it is large and rare.

use futures_util::future::join3;
use testkit::Sim;

use crate::{Chapter, Source};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "large_futures",
    pitfall: "a task takes 48 KiB: an array that lives across an await is in the future, and in all around it",
    mend: "Keep large buffers in a `Vec`: the future has its three words only. A test with a bound keeps it so.",
    source: Source { file: file!(), text: include_str!("large_futures.rs") },
    uncompiled: None,
    wrong: || explorer().run(|sim| an_upload_takes_little_memory(sim, wrong::upload())).into(),
    right: || explorer().run(|sim| an_upload_takes_little_memory(sim, right::upload())).into(),
};

const CHUNK: usize = 16 * 1024;

/// What an upload may take while it waits, in bytes.
const BOUND: usize = 2 * 1024;

mod wrong {
    use super::*;

    pub(super) async fn upload() -> usize {
        let sent = join3(send("host-1"), send("host-2"), send("host-3")).await;
        sent.0 + sent.1 + sent.2
    }

    async fn send(host: &str) -> usize {
        let mut buffer = [0; CHUNK]; // lives across the awaits
        let mut sent = 0;
        while let Some(length @ 1..) = read(&mut buffer, sent).await {
            sent += transmit(host, &buffer[..length]).await;
        }
        sent
    }
}

mod right {
    use super::*;

    pub(super) async fn upload() -> usize {
        let sent = join3(send("host-1"), send("host-2"), send("host-3")).await;
        sent.0 + sent.1 + sent.2
    }

    async fn send(host: &str) -> usize {
        let mut buffer = vec![0; CHUNK];
        let mut sent = 0;
        while let Some(length @ 1..) = read(&mut buffer, sent).await {
            sent += transmit(host, &buffer[..length]).await;
        }
        sent
    }
}

/// Reads from a file of two chunks; none behind its end.
async fn read(buffer: &mut [u8], at: usize) -> Option<usize> {
    tokio::task::yield_now().await;
    (at < 2 * CHUNK).then_some(buffer.len())
}

async fn transmit(_host: &str, chunk: &[u8]) -> usize {
    tokio::task::yield_now().await;
    chunk.len()
}

async fn an_upload_takes_little_memory(sim: Sim, upload: impl Future<Output = usize> + Send + 'static) {
    let size = size_of_val(&upload);
    assert_eq!(sim.spawn("upload", upload).await.unwrap(), 3 * 2 * CHUNK);
    assert!(size <= BOUND, "an upload takes {size} bytes for as long as it waits, and may take {BOUND} bytes");
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn three_arrays_are_in_the_future() {
        assert!(size_of_val(&wrong::upload()) >= 3 * CHUNK);
        assert_eq!((CHAPTER.wrong)().kind, Some(FailureKind::Panic));
    }

    #[test]
    fn an_upload_is_within_its_bound() {
        assert!((CHAPTER.right)().is_pass);
    }
}
