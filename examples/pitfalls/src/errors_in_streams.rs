//! Errors in streams: a `?` that ends less than it seems to, and an error that looks like an end.
//!
//! Alan stores an upload: each chunk of the body is put on a disk, four at a time. Chunks and puts may fail, and he writes `?`
//! where he has always written it. But it stands in an `async` block, and ends that block only: the error is an item of the
//! stream. His loop takes items as long as they are `Some(Ok(..))`, so that an error ends it as the end does.
//!
//! What was stored was a part of the object, reported as a success. It was noticed a month later, by who wanted it back.
//!
//! What finds it: `chaos` around the body has the schedule decide where it fails, and the test knows how much there should be.
//! What mends it: the combinators that begin with `try_`. They end with the first error, and hand it on.

use std::io;
use std::pin::pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use testkit::{Sim, chaos};

use crate::{Chapter, Source};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "errors_in_streams",
    pitfall: "a part is stored as the whole: a `?` ends one future only, and the loop ends at the error",
    mend: "`map_ok(..).try_buffered(..).try_fold(..)`: the first error ends the stream, and is what it comes to.",
    source: Source { file: file!(), text: include_str!("errors_in_streams.rs") },
    uncompiled: None,
    wrong: || explorer().run(|_: Sim| all_is_stored_or_it_fails(async |body| wrong::store(body).await)).into(),
    right: || explorer().run(|_: Sim| all_is_stored_or_it_fails(async |body| right::store(body).await)).into(),
};

mod wrong {
    use super::*;

    pub(super) async fn store(body: impl Stream<Item = io::Result<Bytes>>) -> io::Result<usize> {
        let mut puts = pin!(body.map(|chunk| async { put(chunk?).await }).buffered(4)); // this `?` leaves the block only
        let mut stored = 0;
        while let Some(Ok(size)) = puts.next().await {
            stored += size;
        }
        Ok(stored) // at the end, or at an error
    }
}

mod right {
    use super::*;

    pub(super) async fn store(body: impl Stream<Item = io::Result<Bytes>>) -> io::Result<usize> {
        let puts = body.map_ok(put).try_buffered(4);
        puts.try_fold(0, async |stored, size| Ok(stored + size)).await
    }
}

/// Puts a chunk on the disk, and returns its size.
async fn put(chunk: Bytes) -> io::Result<usize> {
    tokio::task::yield_now().await;
    Ok(chunk.len())
}

type Body = testkit::Chaos<stream::Iter<std::vec::IntoIter<io::Result<Bytes>>>, testkit::ErrorsBy<fn() -> io::Error>>;

async fn all_is_stored_or_it_fails(store: impl AsyncFn(Body) -> io::Result<usize>) {
    let chunks: Vec<_> = ["one", "two", "six"].map(|chunk| Ok(Bytes::from_static(chunk.as_bytes()))).into();
    let reset: fn() -> io::Error = || io::ErrorKind::ConnectionReset.into();
    let body = chaos(stream::iter(chunks)).named("body").errors(reset);
    if let Ok(stored) = store(body).await {
        assert_eq!(stored, 9, "a part was stored as the whole");
    }
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn a_part_is_stored_as_the_whole() {
        assert_eq!((CHAPTER.wrong)().kind, Some(FailureKind::Panic));
    }

    #[test]
    fn all_is_stored_or_there_is_an_error() {
        assert!((CHAPTER.right)().is_pass);
    }
}
