//! Two bugs from the story that took its engineer days and weeks. Each is found and reported in the first schedule, and
//! the correct code passes under many schedules.
//!
//! Source: "Status quo of an AWS engineer: Solving a deadlock" and ".. Missed waker leads to lost wakeups" by the async
//! working group, <https://rust-lang.github.io/wg-async/vision/submitted_stories/status_quo.html>.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use distridata::config::Config;
use distridata::digest::{Digest, Hasher};
use distridata::object::{ByteStream, Piece, Stored};
use distridata::storage::{HostAddress, HostClient, HostError, Replicate, Storage};
use futures_util::TryStreamExt;
use futures_util::stream::FuturesUnordered;
use testkit::{Explorer, Failure, FailureKind, Sim};
use tokio::sync::mpsc;

const SECOND: Duration = Duration::from_secs(1);

/// Number of chunks that exceeds all buffers on the way to a host.
const CHUNKS: usize = 20;

fn hosts() -> [HostAddress; 3] {
    ["host-1", "host-2", "host-3"].map(|name| HostAddress { name: name.into(), address: "127.0.0.1:1".into() })
}

/// Runs a test that must fail at its first schedule with a report that contains `texts`. Returns the failure.
#[track_caller]
fn fails_at_first_schedule<F, R>(test: F, kind: FailureKind, texts: &[&str]) -> Failure
where
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + 'static,
{
    let test = Arc::new(test);
    let run = |explorer: Explorer| {
        let test = test.clone();
        explorer.run(move |sim| test(sim)).failure().expect("the test fails").clone()
    };
    let failure = run(Explorer::new());
    println!("{failure}");
    assert_eq!(failure.kind(), kind, "{failure}");
    assert_eq!(failure.found_after(), 1, "{failure}");
    let report = failure.to_string();
    for text in texts {
        assert!(report.contains(text), "expected `{text}` in:\n{report}");
    }
    let replayed = run(Explorer::new().replay(failure.schedule()));
    assert_eq!((replayed.kind(), replayed.found_after()), (kind, 1), "{replayed}");
    failure
}

/// Returns the location of the first line of this file that contains `code`, as in a report. Calls of this function
/// must come after that line.
#[track_caller]
fn location(code: &str) -> String {
    let (_, number) = include_str!("story.rs").lines().zip(1..).find(|(line, _)| line.contains(code)).unwrap();
    format!("story.rs:{number}")
}

/// Sends a shard to a replicator, and checks the confirmation.
async fn replicate_in(sim: Sim, replicator: Arc<dyn Replicate>) {
    let (sender, pieces) = mpsc::channel(1);
    let content = sim.spawn("content", async move {
        for _ in 0..CHUNKS {
            sender.send(Piece::Chunk("ab".into())).await.unwrap();
        }
        sender.send(Piece::End).await.unwrap();
    });
    let replicating =
        sim.spawn("replicate", async move { replicator.replicate("shard", &hosts(), pieces).await.unwrap() });
    content.await.unwrap();
    let stored = replicating.await.unwrap();
    assert_eq!(stored, Stored { size: 40, sha256: Digest::of("ab".repeat(CHUNKS)) });
}

/// Returns the replicator of the service, with another client.
async fn replicator(sim: Sim, client: impl HostClient + 'static) -> Arc<dyn Replicate> {
    let slice = Storage::slice().with_config(Arc::new(Config::new("/unused"))).with_clock(sim.clock());
    slice.with_host_client(Arc::new(client)).strict().get().await.unwrap()
}

/// Receives the pieces of a shard, as the body of an HTTP request does.
async fn take_all(mut pieces: mpsc::Receiver<Piece>) -> Stored {
    let mut hasher = Hasher::default();
    while let Some(Piece::Chunk(bytes)) = pieces.recv().await {
        hasher.update(bytes);
    }
    let (size, sha256) = hasher.finish();
    Stored { size, sha256 }
}

/// Hosts that store with a function.
struct Hosts<F>(F);

#[async_trait]
impl<F, S> HostClient for Hosts<F>
where
    F: Fn(mpsc::Receiver<Piece>) -> S + Send + Sync,
    S: Future<Output = Stored> + Send,
{
    async fn store(&self, _: &HostAddress, _: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
        Ok((self.0)(pieces).await)
    }

    async fn fetch(&self, _: &HostAddress, _: &str) -> Result<ByteStream, HostError> {
        unreachable!("a replicator only stores")
    }

    async fn delete(&self, _: &HostAddress, _: &str) -> Result<(), HostError> {
        unreachable!("a replicator only stores")
    }
}

mod a_full_body {
    use super::*;

    /// BUG: sends the chunks into the bodies of the uploads, and polls the uploads only afterwards. The futures in a
    /// `FuturesUnordered` progress only while it is polled. A small object fits into the buffers; a larger one hangs.
    struct SendsBeforePolling<C>(C);

    #[async_trait]
    impl<C: HostClient> Replicate for SendsBeforePolling<C> {
        async fn replicate(
            &self,
            shard: &str,
            hosts: &[HostAddress],
            mut pieces: mpsc::Receiver<Piece>,
        ) -> Result<Stored, HostError> {
            let (bodies, receivers): (Vec<_>, Vec<_>) = hosts.iter().map(|_| mpsc::channel(4)).unzip();
            let uploads: FuturesUnordered<_> =
                hosts.iter().zip(receivers).map(|(host, body)| self.0.store(host, shard, body)).collect();
            while let Some(piece) = pieces.recv().await {
                send_to_all(&bodies, piece).await;
            }
            drop(bodies);
            let stored: Vec<Stored> = uploads.try_collect().await?;
            Ok(stored[0])
        }
    }

    async fn send_to_all(bodies: &[mpsc::Sender<Piece>], piece: Piece) {
        for body in bodies {
            body.send(piece.clone()).await.expect("the uploads outlive the bodies");
        }
    }

    #[test]
    fn deadlocks_if_the_uploads_are_polled_afterwards() {
        let test = |sim| replicate_in(sim, Arc::new(SendsBeforePolling(Hosts(take_all))));
        let texts = [
            "deadlock: 3 tasks wait, and nothing is left that could wake them",
            &format!("task 2 `replicate`  {}  send_to_all", location("body.send(piece.clone())")),
            &format!("<- {}  replicate", location("send_to_all(&bodies, piece).await")),
            "waits in tokio::sync::mpsc::bounded::Sender::send",
            &format!("task 1 `content`  {}  replicate_in", location("sender.send(Piece::Chunk(\"ab\".into())).await")),
            "shrunk to none: default order (FIFO)",
        ];
        let failure = fails_at_first_schedule(test, FailureKind::Deadlock, &texts);
        assert!(failure.choices().is_empty());
    }

    /// The replicator of the service polls the feed and the uploads together.
    #[testkit::test]
    async fn passes_if_the_uploads_are_polled_concurrently(sim: Sim) {
        replicate_in(sim, replicator(sim, Hosts(take_all)).await).await;
    }
}

mod a_missed_waker {
    use super::*;

    /// A host's confirmation of an upload.
    #[derive(Clone, Default)]
    struct Confirmation(Arc<Mutex<Confirmed>>);

    #[derive(Default)]
    struct Confirmed {
        stored: Option<Stored>,
        waker: Option<Waker>,
    }

    impl Confirmation {
        /// Sets the confirmation. The connection calls this when the confirmation arrives.
        fn confirm(&self, stored: Stored) {
            let mut confirmed = self.0.lock().unwrap();
            confirmed.stored = Some(stored);
            if let Some(waker) = confirmed.waker.take() {
                waker.wake();
            }
        }
    }

    /// BUG: waits for the confirmation without storing the task's waker, so the task is not woken.
    struct ForgetsWaker(Confirmation);

    impl Future for ForgetsWaker {
        type Output = Stored;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Stored> {
            match self.0.0.lock().unwrap().stored {
                Some(stored) => Poll::Ready(stored),
                None => Poll::Pending,
            }
        }
    }

    /// Waits for the confirmation, and stores the latest waker.
    struct StoresWaker(Confirmation);

    impl Future for StoresWaker {
        type Output = Stored;

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Stored> {
            let mut confirmed = self.0.0.lock().unwrap();
            if let Some(stored) = confirmed.stored {
                return Poll::Ready(stored);
            }
            confirmed.waker = Some(context.waker().clone());
            Poll::Pending
        }
    }

    /// Uploads to a host that confirms after a second. `wait` returns the future that waits for the confirmation.
    async fn upload<W: Future<Output = Stored>>(
        sim: Sim,
        pieces: mpsc::Receiver<Piece>,
        wait: fn(Confirmation) -> W,
    ) -> Stored {
        let confirmation = Confirmation::default();
        let answer = confirmation.clone();
        let connection = sim.spawn("connection", async move {
            let stored = take_all(pieces).await;
            sim.sleep(SECOND).await;
            answer.confirm(stored);
        });
        let stored = wait(confirmation).await;
        connection.await.unwrap();
        stored
    }

    /// Returns the replicator of the service with three such hosts.
    async fn replicator_over<W>(sim: Sim, wait: fn(Confirmation) -> W) -> Arc<dyn Replicate>
    where
        W: Future<Output = Stored> + Send + 'static,
    {
        replicator(sim, Hosts(move |pieces| upload(sim, pieces, wait))).await
    }

    /// Runs a single upload.
    async fn upload_alone<W: Future<Output = Stored> + Send + 'static>(sim: Sim, wait: fn(Confirmation) -> W) {
        let (sender, pieces) = mpsc::channel(1);
        let uploading = sim.spawn("upload", upload(sim, pieces, wait));
        sender.send(Piece::Chunk("ab".into())).await.unwrap();
        sender.send(Piece::End).await.unwrap();
        assert_eq!(uploading.await.unwrap().size, 2);
    }

    /// Runs a single upload, with a progress bar that advances every ten seconds.
    async fn upload_with_progress<W: Future<Output = Stored> + Send + 'static>(sim: Sim, wait: fn(Confirmation) -> W) {
        let (sender, pieces) = mpsc::channel(1);
        let uploading = sim.spawn("upload with progress", async move {
            let mut upload = std::pin::pin!(upload(sim, pieces, wait));
            loop {
                tokio::select! {
                    biased;
                    stored = &mut upload => return stored,
                    () = sim.sleep(10 * SECOND) => sim.note("still uploading"),
                }
            }
        });
        sender.send(Piece::Chunk("ab".into())).await.unwrap();
        sender.send(Piece::End).await.unwrap();
        assert_eq!(uploading.await.unwrap().size, 2);
    }

    #[test]
    fn is_reported_if_nothing_else_wakes_the_task() {
        let texts = [
            "missed waker: task 1 `upload` is ready, but its future registered no waker",
            &format!("spawned at {}", location("sim.spawn(\"upload\", upload(")),
        ];
        fails_at_first_schedule(|sim| upload_alone(sim, ForgetsWaker), FailureKind::MissedWaker, &texts);
    }

    #[testkit::test]
    async fn passes_if_the_future_stores_its_waker(sim: Sim) {
        upload_alone(sim, StoresWaker).await;
    }

    #[test]
    fn is_found_although_a_progress_bar_hides_it() {
        let texts = [
            "lost wakeup: task 1 `upload with progress` was ready, but was woken only 9 s later",
            "the waker of a sibling future hides this",
            &format!("spawned at {}", location("sim.spawn(\"upload with progress\"")),
        ];
        fails_at_first_schedule(|sim| upload_with_progress(sim, ForgetsWaker), FailureKind::LostWakeup, &texts);
    }

    #[testkit::test]
    async fn passes_with_a_progress_bar_if_the_future_stores_its_waker(sim: Sim) {
        upload_with_progress(sim, StoresWaker).await;
    }

    /// In production, uploads take up to 30 s longer than necessary, and fail at random.
    #[test]
    fn is_found_although_the_replicators_timeout_hides_it() {
        let test = |sim| async move { replicate_in(sim, replicator_over(sim, ForgetsWaker).await).await };
        let texts = [
            "lost wakeup: task 2 `replicate` was ready, but was woken only 29 s later",
            // The place where the sibling future waits.
            "with_timeout  <- replicator.rs:",
            &format!("<- {}  replicate_in", location("replicator.replicate(\"shard\", &hosts(), pieces)")),
        ];
        fails_at_first_schedule(test, FailureKind::LostWakeup, &texts);
    }

    #[testkit::test]
    async fn passes_in_the_replicator_if_the_future_stores_its_waker(sim: Sim) {
        replicate_in(sim, replicator_over(sim, StoresWaker).await).await;
    }
}
