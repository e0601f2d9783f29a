//! Streams a shard to several hosts at once, with backpressure.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use di_core::ambient::Clock;
use di_core::component;
use futures_util::future::{join_all, try_join, try_join_all};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::digest::Hasher;
use crate::object::{Piece, Stored};
use crate::storage::{HostAddress, HostClient, HostError};

/// Stores a shard on several hosts.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Replicate: Send + Sync {
    /// Streams each piece to all `hosts`, at the pace of the slowest. Returns once all hosts have confirmed the shard.
    /// The first failure cancels the other uploads.
    async fn replicate(
        &self,
        shard: &str,
        hosts: &[HostAddress],
        pieces: mpsc::Receiver<Piece>,
    ) -> Result<Stored, HostError>;
}

/// Maximum number of pieces buffered per host.
const IN_FLIGHT: usize = 4;

/// Streams to all hosts concurrently.
pub struct Replicator {
    client: Arc<dyn HostClient>,
    clock: Arc<dyn Clock>,
    stall_timeout: Duration,
}

#[component]
impl Replicator {
    pub fn new(config: &Config, client: Arc<dyn HostClient>, clock: Arc<dyn Clock>) -> Self {
        Replicator { client, clock, stall_timeout: config.stall_timeout }
    }

    async fn with_timeout<T>(&self, host: &HostAddress, future: impl Future<Output = T>) -> Result<T, HostError> {
        let stalled = |_| HostError::Stalled { host: host.clone(), waited: self.stall_timeout };
        self.clock.timeout(self.stall_timeout, future).await.map_err(stalled)
    }

    /// Awaits an upload. A timeout for its confirmation starts once all pieces have been sent.
    async fn confirmed(
        &self,
        host: &HostAddress,
        upload: impl Future<Output = Result<Stored, HostError>>,
        all_sent: &CancellationToken,
    ) -> Result<Stored, HostError> {
        tokio::select! {
            biased;
            // Polled first: a confirmation that arrives in time counts, even if it is polled only after the timeout.
            stored = upload => stored,
            stalled = async {
                all_sent.cancelled().await;
                self.with_timeout(host, std::future::pending()).await
            } => stalled?,
        }
    }

    /// Sends each piece to every host, and hashes it. Returns `None` if a host stops receiving. The upload to that host
    /// then returns the reason.
    async fn feed(
        &self,
        hosts: &[HostAddress],
        feeds: Vec<mpsc::Sender<Piece>>,
        mut pieces: mpsc::Receiver<Piece>,
    ) -> Result<Option<Stored>, HostError> {
        let mut hasher = Hasher::default();
        while let Some(piece) = pieces.recv().await {
            let sending =
                hosts.iter().zip(&feeds).map(|(host, feed)| self.with_timeout(host, feed.send(piece.clone())));
            for sent in join_all(sending).await {
                if sent?.is_err() {
                    return Ok(None);
                }
            }
            match piece {
                Piece::Chunk(bytes) => hasher.update(bytes),
                Piece::End => {
                    let (size, sha256) = hasher.finish();
                    return Ok(Some(Stored { size, sha256 }));
                }
            }
        }
        Ok(None)
    }
}

#[async_trait]
impl Replicate for Replicator {
    async fn replicate(
        &self,
        shard: &str,
        hosts: &[HostAddress],
        pieces: mpsc::Receiver<Piece>,
    ) -> Result<Stored, HostError> {
        let (feeds, receivers): (Vec<_>, Vec<_>) = hosts.iter().map(|_| mpsc::channel(IN_FLIGHT)).unzip();
        let all_sent = CancellationToken::new();
        let uploads = hosts.iter().zip(receivers).map(|(host, receiver)| {
            let upload = self.client.store(host, shard, receiver);
            self.confirmed(host, upload, &all_sent)
        });
        let feeding = async {
            let fed = self.feed(hosts, feeds, pieces).await;
            all_sent.cancel();
            fed
        };
        // Polled together: the feed waits for the uploads to receive, and the uploads wait for pieces.
        let (fed, stored) = try_join(feeding, try_join_all(uploads)).await?;
        for (host, stored) in hosts.iter().zip(stored) {
            if fed != Some(stored) {
                return Err(HostError::Differs { host: host.clone() });
            }
        }
        Ok(fed.expect("a shard has at least one host, and its confirmation has been compared"))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use di_core::BuildError;
    use futures_util::future::BoxFuture;
    use testkit::{MockClock, Sim};

    use super::*;
    use crate::digest::Digest;
    use crate::object::ByteStream;
    use crate::storage::{MockHostClient, Storage};

    fn hosts() -> [HostAddress; 2] {
        ["host-1", "host-2"].map(|name| HostAddress { name: name.into(), address: "127.0.0.1:1".into() })
    }

    async fn replicator(client: impl HostClient + 'static) -> Result<Arc<dyn Replicate>, BuildError> {
        replicator_at(client, Arc::new(MockClock::new())).await
    }

    async fn replicator_at(
        client: impl HostClient + 'static,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn Replicate>, BuildError> {
        let slice = Storage::slice().with_config(Arc::new(Config::new("/unused"))).with_clock(clock);
        slice.with_host_client(Arc::new(client)).strict().get().await
    }

    /// Sends `count` chunks from a task, followed by the end if `end` is set.
    fn shard_of(count: usize, end: bool) -> mpsc::Receiver<Piece> {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            for _ in 0..count {
                if sender.send(Piece::Chunk("ab".into())).await.is_err() {
                    return;
                }
            }
            if end {
                _ = sender.send(Piece::End).await;
            }
        });
        receiver
    }

    /// Fake hosts with the given behavior. A mock returns canned answers, but these hosts read from a channel while a
    /// call is running.
    struct FakeHosts(fn(HostAddress, mpsc::Receiver<Piece>) -> BoxFuture<'static, Result<Stored, HostError>>);

    #[async_trait]
    impl HostClient for FakeHosts {
        async fn store(&self, host: &HostAddress, _: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
            (self.0)(host.clone(), pieces).await
        }

        async fn fetch(&self, _: &HostAddress, _: &str) -> Result<ByteStream, HostError> {
            unreachable!("a replicator only stores")
        }

        async fn delete(&self, _: &HostAddress, _: &str) -> Result<(), HostError> {
            unreachable!("a replicator only stores")
        }
    }

    fn full(host: HostAddress) -> HostError {
        HostError::Full { host, message: "the disk is full".into() }
    }

    /// Receives all pieces, and confirms them if they include the end.
    async fn take_all(host: HostAddress, mut pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
        let mut taken: Vec<Bytes> = Vec::new();
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Chunk(bytes) => taken.push(bytes),
                Piece::End => {
                    let all = taken.concat();
                    return Ok(Stored { size: all.len() as u64, sha256: Digest::of(all) });
                }
            }
        }
        Err(HostError::Refused { host, status: reqwest::StatusCode::BAD_REQUEST, message: "cut off".into() })
    }

    #[tokio::test]
    async fn every_host_gets_every_chunk() -> Result<(), BuildError> {
        let replicator = replicator(FakeHosts(|host, pieces| Box::pin(take_all(host, pieces)))).await?;
        let stored = replicator.replicate("shard", &hosts(), shard_of(100, true)).await.unwrap();
        assert_eq!(stored, Stored { size: 200, sha256: Digest::of("ab".repeat(100)) });
        Ok(())
    }

    #[tokio::test]
    async fn a_host_that_fails_immediately_fails_the_shard() -> Result<(), BuildError> {
        let mut client = MockHostClient::new();
        client
            .expect_store()
            .withf(|host, shard, _| host.name == "host-1" && shard == "shard")
            .returning(|host, _, _| Err(full(host.clone())));
        let error = replicator(client).await?.replicate("shard", &hosts(), shard_of(100, true)).await.unwrap_err();
        assert!(error.to_string().starts_with("host-1 (127.0.0.1:1) has no space left"), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn the_error_names_a_host_that_fails_halfway() -> Result<(), BuildError> {
        let client = FakeHosts(|host, mut pieces| {
            Box::pin(async move {
                if host.name == "host-1" {
                    return take_all(host, pieces).await;
                }
                for _ in 0..10 {
                    pieces.recv().await;
                }
                Err(full(host))
            })
        });
        let error = replicator(client).await?.replicate("shard", &hosts(), shard_of(1000, true)).await.unwrap_err();
        assert!(error.to_string().starts_with("host-2 "), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn an_early_confirmation_is_rejected() -> Result<(), BuildError> {
        let client = FakeHosts(|host, mut pieces| {
            Box::pin(async move {
                if host.name == "host-1" {
                    return take_all(host, pieces).await;
                }
                pieces.recv().await;
                Ok(Stored { size: 2, sha256: Digest::of("ab") })
            })
        });
        let replicated = replicator(client).await?.replicate("shard", &hosts(), shard_of(1000, true)).await;
        assert!(replicated.is_err(), "{replicated:?}");
        Ok(())
    }

    #[tokio::test]
    async fn a_host_that_stores_different_content_is_detected() -> Result<(), BuildError> {
        let client = FakeHosts(|host, pieces| {
            Box::pin(async move {
                let stored = take_all(host, pieces).await?;
                Ok(Stored { sha256: Digest::of("rot"), ..stored })
            })
        });
        let error = replicator(client).await?.replicate("shard", &hosts(), shard_of(3, true)).await.unwrap_err();
        assert!(matches!(error, HostError::Differs { .. }), "{error:?}");
        Ok(())
    }

    #[tokio::test]
    async fn pieces_without_an_end_are_not_a_shard() -> Result<(), BuildError> {
        let replicator = replicator(FakeHosts(|host, pieces| Box::pin(take_all(host, pieces)))).await?;
        let error = replicator.replicate("shard", &hosts(), shard_of(3, false)).await.unwrap_err();
        assert!(error.to_string().contains("cut off"), "{error}");
        Ok(())
    }

    /// Lets the other tasks run until all of them wait, without advancing time.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_stalled_host_fails_exactly_at_the_timeout() -> Result<(), BuildError> {
        for take in [0, 2, usize::MAX] {
            let client = match take {
                0 => FakeHosts(|_, pieces| Box::pin(hang(pieces, 0))),
                2 => FakeHosts(|_, pieces| Box::pin(hang(pieces, 2))),
                _ => FakeHosts(|_, pieces| Box::pin(hang(pieces, usize::MAX))),
            };
            let clock = MockClock::new();
            let replicator = replicator_at(client, Arc::new(clock.clone())).await?;
            let replicating =
                tokio::spawn(async move { replicator.replicate("shard", &hosts(), shard_of(10, true)).await });
            settle().await;
            clock.advance(Duration::from_secs(30) - Duration::from_nanos(1));
            settle().await;
            assert!(!replicating.is_finished());
            clock.advance(Duration::from_nanos(1));
            let error = replicating.await.unwrap().unwrap_err();
            assert!(error.to_string().ends_with("did not respond within 30 s"), "{error}");
        }
        Ok(())
    }

    #[testkit::test]
    async fn a_confirmation_exactly_at_the_timeout_counts(sim: Sim) {
        let client = FakeHosts(|host, pieces| {
            Box::pin(async move {
                let stored = take_all(host, pieces).await;
                Sim::current().sleep(Duration::from_secs(30)).await;
                stored
            })
        });
        let replicator = replicator_at(client, sim.clock()).await.unwrap();
        let (sender, pieces) = mpsc::channel(2);
        for piece in [Piece::Chunk("ab".into()), Piece::End] {
            sender.send(piece).await.unwrap();
        }
        replicator.replicate("shard", &hosts(), pieces).await.unwrap();
    }

    /// Receives up to `take` pieces, then hangs and keeps the connection open.
    async fn hang(mut pieces: mpsc::Receiver<Piece>, take: usize) -> Result<Stored, HostError> {
        for _ in 0..take {
            if pieces.recv().await.is_none() {
                break;
            }
        }
        std::future::pending().await
    }
}
