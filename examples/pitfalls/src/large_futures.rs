//! Large futures: a local array that lives across an `await` is not on the stack.
//!
//! To save an allocation, Alan copies chunks through an array of 16 KiB, as one would in C. Three copies run at once.
//! The service needs ten times as much memory as planned, and a test overflows its stack.
//!
//! A value that lives across an `await` is stored in the future. This future contains the array, the future that awaits
//! it contains that future, and `join3` contains three of them. Until the outermost future is spawned, each move copies
//! all of it. An `async fn` that takes a future by value and awaits it can store it twice.
//!
//! Detection: a test that compares `size_of_val` with a limit. testkit's reports also point out tasks of more than 16
//! KiB.
//!
//! Fix: keep the buffer in a `Vec`, which takes three words in the future. If the whole future is large and rarely
//! used, box it.

use futures_util::future::join3;
use testkit::Sim;

use crate::report::explorer;
use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "large_futures",
    pitfall: "a task takes 48 KiB: an array that lives across an `await` is part of its future and of each around it",
    fix: "Keep large buffers in a `Vec`, which takes three words in the future. Test that the future stays small.",
    source: Source { file: file!(), text: include_str!("large_futures.rs") },
    uncompiled: None,
    run_wrong: || explorer().run(|sim| an_upload_takes_little_memory(sim, wrong::upload())).into(),
    run_fixed: || explorer().run(|sim| an_upload_takes_little_memory(sim, fixed::upload())).into(),
};

const CHUNK: usize = 16 * 1024;

/// Maximum size of the future of an upload, in bytes.
const MAX_SIZE: usize = 2 * 1024;

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

mod fixed {
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

/// Reads from a file of two chunks. Returns `None` at the end.
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
    assert!(size <= MAX_SIZE, "the future of an upload takes {size} bytes, more than the limit of {MAX_SIZE} bytes");
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn the_future_contains_three_arrays() {
        assert!(size_of_val(&wrong::upload()) >= 3 * CHUNK);
        assert_eq!((CHAPTER.run_wrong)().failure_kind, Some(FailureKind::Panic));
    }

    #[test]
    fn an_upload_stays_below_the_limit() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}
