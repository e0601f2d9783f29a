//! Errors in streams: a `?` that returns from less than it seems to, and an error that looks like the end.
//!
//! Alan stores an upload: the chunks of the body are written to a disk, four at a time. Reading and writing can fail,
//! so the code uses `?` as always. But this `?` is inside an `async` block and only leaves that block, so the error
//! becomes an item of the stream. The loop runs while items are `Some(Ok(..))`. An error ends it just as the end of
//! the stream does.
//!
//! The object was truncated, and the upload was reported as a success. A month later, a user downloaded it and
//! noticed.
//!
//! Detection: `chaos` wraps the body and lets the schedule decide where it fails. The test knows how many bytes to
//! expect.
//!
//! Fix: the `try_` combinators, which stop at the first error and return it.

use std::io;
use std::pin::pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use testkit::chaos::{Chaos, ErrorsBy};
use testkit::{Sim, chaos};

use crate::report::explorer;
use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "errors_in_streams",
    pitfall: "truncated uploads are stored as complete: `?` only leaves its block, and the loop ends at the error",
    fix: "Use `map_ok(..).try_buffered(..).try_fold(..)`: the first error ends the stream and is returned.",
    source: Source { file: file!(), text: include_str!("errors_in_streams.rs") },
    uncompiled: None,
    run_wrong: || explorer().run(|_: Sim| stores_everything_or_fails(async |body| wrong::store(body).await)).into(),
    run_fixed: || explorer().run(|_: Sim| stores_everything_or_fails(async |body| fixed::store(body).await)).into(),
};

mod wrong {
    use super::*;

    pub(super) async fn store(body: impl Stream<Item = io::Result<Bytes>>) -> io::Result<usize> {
        let mut puts = pin!(body.map(|chunk| async { put(chunk?).await }).buffered(4)); // `?` only leaves the block
        let mut stored = 0;
        while let Some(Ok(size)) = puts.next().await {
            stored += size;
        }
        Ok(stored) // reached at the end, but also at an error
    }
}

mod fixed {
    use super::*;

    pub(super) async fn store(body: impl Stream<Item = io::Result<Bytes>>) -> io::Result<usize> {
        let puts = body.map_ok(put).try_buffered(4);
        puts.try_fold(0, async |stored, size| Ok(stored + size)).await
    }
}

/// Writes a chunk to the disk and returns its size.
async fn put(chunk: Bytes) -> io::Result<usize> {
    tokio::task::yield_now().await;
    Ok(chunk.len())
}

type Body = Chaos<stream::Iter<std::vec::IntoIter<io::Result<Bytes>>>, ErrorsBy<fn() -> io::Error>>;

async fn stores_everything_or_fails(store: impl AsyncFn(Body) -> io::Result<usize>) {
    let chunks: Vec<_> = ["one", "two", "six"].map(|chunk| Ok(Bytes::from_static(chunk.as_bytes()))).into();
    let reset: fn() -> io::Error = || io::ErrorKind::ConnectionReset.into();
    let body = chaos(stream::iter(chunks)).named("body").errors(reset);
    if let Ok(stored) = store(body).await {
        assert_eq!(stored, 9, "a truncated object was stored as complete");
    }
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn a_truncated_object_is_stored_as_complete() {
        assert_eq!((CHAPTER.run_wrong)().failure_kind, Some(FailureKind::Panic));
    }

    #[test]
    fn everything_is_stored_or_an_error_is_returned() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}
