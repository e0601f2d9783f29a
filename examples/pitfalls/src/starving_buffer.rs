//! A starved stream: buffered futures make no progress while the loop body runs.
//!
//! Barbara verifies objects. `buffer_unordered(2)` downloads two at a time, and the loop body verifies each object when
//! it arrives, which takes five seconds. Some downloads were cut off, but only those of large objects, and never in a
//! debugger.
//!
//! The downloads are futures inside the stream, and are polled only while the loop awaits `next`. While the loop awaits
//! `verify`, nothing reads. The host's buffer fills up, and the host cuts off a client that does not read for two
//! seconds. A larger buffer only raises the limit, and a slower disk lowers it again.
//!
//! Detection: a test with the timeout of a real host. In virtual time, five seconds cost nothing. The report has two
//! notes next to each other: the loop body starts, and a chunk is not read in the meantime.
//!
//! Fix: move the slow part into the buffered future, where it is polled together with the others, or spawn it as a
//! task.

use std::pin::pin;
use std::time::Duration;

use di_core::task;
use futures_util::{StreamExt, TryStreamExt, stream};
use testkit::Sim;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::report::explorer;
use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "starving_buffer",
    pitfall: "downloads are cut off: the futures in a `buffer_unordered` are not polled while the loop body runs",
    fix: "Verify inside the buffered future, where it is polled along with the downloads. Or spawn the slow part.",
    source: Source { file: file!(), text: include_str!("starving_buffer.rs") },
    uncompiled: None,
    run_wrong: || explorer().run(|_: Sim| wrong::verify_all(3)).into(),
    run_fixed: || explorer().run(|_: Sim| fixed::verify_all(3)).into(),
};

mod wrong {
    use super::*;

    pub(super) async fn verify_all(objects: u32) -> Result<(), String> {
        let mut downloads = pin!(stream::iter(0..objects).map(download).buffer_unordered(2));
        while let Some(object) = downloads.next().await {
            verify(object?).await; // meanwhile, the other downloads are not polled
        }
        Ok(())
    }
}

mod fixed {
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

/// Downloads an object from a slow host.
async fn download(object: u32) -> Result<usize, String> {
    let (body, mut chunks) = mpsc::channel(1);
    task::spawn(serve(object, body, Duration::from_millis(100) * (object + 1)));
    let mut read = 0;
    while chunks.recv().await.is_some() {
        read += 1;
    }
    if read < CHUNKS { Err(format!("object {object}: cut off after {read} of {CHUNKS} chunks")) } else { Ok(read) }
}

/// Sends the chunks of an object, as a host does. Cuts off a client that does not read for two seconds.
async fn serve(object: u32, body: mpsc::Sender<usize>, pace: Duration) {
    for chunk in 0..CHUNKS {
        sleep(pace).await;
        if timeout(Duration::from_secs(2), body.send(chunk)).await.is_err() {
            Sim::current().note(format!("object {object} is cut off: chunk {chunk} was not read for 2 s"));
            return;
        }
    }
}

async fn verify(_chunks: usize) {
    Sim::current().note("verifying an object, which takes 5 s");
    sleep(Duration::from_secs(5)).await;
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn a_slow_loop_body_cuts_off_a_download() {
        assert_eq!((CHAPTER.run_wrong)().failure_kind, Some(FailureKind::Error));
    }

    #[test]
    fn all_downloads_are_read_to_the_end() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}
