//! A buffered stream that starves: what is under way stands still while the loop's body runs.
//!
//! Barbara verifies objects. `buffer_unordered(2)` downloads two at a time, and the body of her loop verifies the one that has
//! come, which takes five seconds. Some downloads came back cut off, but only with large objects, and never in a debugger.
//!
//! The downloads are futures inside of the stream, and are polled while the loop waits in `next`. While it waits in `verify`,
//! nobody reads: the host's buffer fills, and a host cuts off who does not read for two seconds. A larger buffer only moves
//! the limit; a slower disk moves it back.
//!
//! What finds it: a test whose host has the timeout of the real one, and virtual time, in which five seconds are nothing. Its
//! report has two notes beside each other: when the loop's body has begun, and what nobody has read meanwhile. What mends
//! it: what is slow is a part of the buffered future, so that it is polled together with the others; or a task of its own.

use std::pin::pin;
use std::time::Duration;

use di_core::task;
use futures_util::{StreamExt, TryStreamExt, stream};
use testkit::Sim;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::{Chapter, Source};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "starving_buffer",
    pitfall: "downloads are cut off: what a `buffer_unordered` has begun stands still while the loop's body runs",
    mend: "Verify inside of the buffered future, so that it is polled beside the downloads; or spawn what is slow.",
    source: Source { file: file!(), text: include_str!("starving_buffer.rs") },
    uncompiled: None,
    wrong: || explorer().run(|_: Sim| wrong::verify_all(3)).into(),
    right: || explorer().run(|_: Sim| right::verify_all(3)).into(),
};

mod wrong {
    use super::*;

    pub(super) async fn verify_all(objects: u32) -> Result<(), String> {
        let mut downloads = pin!(stream::iter(0..objects).map(download).buffer_unordered(2));
        while let Some(object) = downloads.next().await {
            verify(object?).await; // in the meantime, nobody polls the other downloads
        }
        Ok(())
    }
}

mod right {
    use super::*;

    pub(super) async fn verify_all(objects: u32) -> Result<(), String> {
        let verified = stream::iter(0..objects).map(|name| async move {
            verify(download(name).await?).await;
            Ok(())
        });
        verified.buffer_unordered(2).try_collect().await
    }
}

const CHUNKS: usize = 8;

/// Reads an object from a host, which takes its time.
async fn download(object: u32) -> Result<usize, String> {
    let (body, mut chunks) = mpsc::channel(1);
    task::spawn(serve(object, body, Duration::from_millis(100) * (object + 1)));
    let mut read = 0;
    while chunks.recv().await.is_some() {
        read += 1;
    }
    if read < CHUNKS { Err(format!("object {object}: cut off after {read} of {CHUNKS} chunks")) } else { Ok(read) }
}

/// A host. It does not wait for ever for who does not read.
async fn serve(object: u32, body: mpsc::Sender<usize>, pace: Duration) {
    for chunk in 0..CHUNKS {
        sleep(pace).await;
        if timeout(Duration::from_secs(2), body.send(chunk)).await.is_err() {
            Sim::current().note(format!("object {object} is cut off: nobody has read chunk {chunk} for 2 s"));
            return;
        }
    }
}

async fn verify(_chunks: usize) {
    Sim::current().note("begins to verify an object, which takes 5 s");
    sleep(Duration::from_secs(5)).await;
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn a_download_is_cut_off() {
        assert_eq!((CHAPTER.wrong)().kind, Some(FailureKind::Error));
    }

    #[test]
    fn all_downloads_are_read_to_the_end() {
        assert!((CHAPTER.right)().is_pass);
    }
}
