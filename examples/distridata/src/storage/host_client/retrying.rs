//! Decorator that retries with exponential backoff and full jitter.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use di_core::ambient::{Clock, Entropy};
use di_core::component;
use tokio::sync::mpsc;

use super::{HostClient, HostError};
use crate::object::{ByteStream, Piece, Stored};
use crate::storage::HostAddress;

/// Decorator that retries calls after transient failures.
///
/// Fetch and delete are idempotent, so both are retried. A store is not retried: its pieces can be received only once,
/// so a retry would miss the pieces that the first attempt received. The caller can put the whole object again, because
/// a failed put leaves nothing stored.
pub struct Retrying {
    inner: Arc<dyn HostClient>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// Maximum number of attempts.
const ATTEMPTS: u32 = 4;

/// Maximum pause after the first attempt. It doubles with each further attempt.
const MAX_FIRST_PAUSE: Duration = Duration::from_millis(100);

#[component]
impl Retrying {
    pub fn new(#[inner] inner: Arc<dyn HostClient>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Retrying { inner, clock, entropy }
    }

    async fn retry<T, F>(&self, call: impl Fn() -> F) -> Result<T, HostError>
    where
        F: Future<Output = Result<T, HostError>>,
    {
        let mut attempt = 1;
        loop {
            match call().await {
                Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                    let pause = self.pause_after(attempt);
                    tracing::warn!(%error, attempt, ?pause, "a call to a host failed; retrying");
                    self.clock.sleep(pause).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// Returns a random pause between zero and the maximum. Clients that failed at the same time then retry at
    /// different times.
    ///
    /// Source: "full jitter" in Brooker 2015, "Exponential Backoff And Jitter", AWS Architecture Blog.
    fn pause_after(&self, attempt: u32) -> Duration {
        let longest = MAX_FIRST_PAUSE * 2_u32.pow(attempt - 1);
        Duration::from_micros(self.entropy.in_range(0..longest.as_micros() as u64 + 1))
    }
}

#[async_trait]
impl HostClient for Retrying {
    async fn store(&self, host: &HostAddress, shard: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
        self.inner.store(host, shard, pieces).await
    }

    async fn fetch(&self, host: &HostAddress, shard: &str) -> Result<ByteStream, HostError> {
        self.retry(|| self.inner.fetch(host, shard)).await
    }

    async fn delete(&self, host: &HostAddress, shard: &str) -> Result<(), HostError> {
        self.retry(|| self.inner.delete(host, shard)).await
    }
}

#[cfg(test)]
mod tests {
    use di_core::BuildError;
    use di_core::ambient::Ambient;
    use futures_util::{FutureExt, StreamExt};
    use reqwest::StatusCode;
    use testkit::MockClock;

    use super::*;
    use crate::storage::{HostMetrics, MockHostClient, Storage};

    /// Always returns the largest value, which leads to the longest pause.
    struct MaxEntropy;

    impl Entropy for MaxEntropy {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(u8::MAX);
        }
    }

    fn host() -> HostAddress {
        HostAddress { name: "host-1".into(), address: "127.0.0.1:1".into() }
    }

    fn stalled() -> HostError {
        HostError::Stalled { host: host(), waited: Duration::from_secs(5) }
    }

    fn refused(status: StatusCode) -> HostError {
        HostError::Refused { host: host(), status, message: "as scripted".into() }
    }

    fn retrying(inner: MockHostClient, clock: &MockClock) -> Retrying {
        Retrying::new(Arc::new(inner), Arc::new(clock.clone()), Arc::new(MaxEntropy))
    }

    const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];

    #[test]
    fn transient_failures_are_retried_with_growing_pauses() {
        let mut inner = MockHostClient::new();
        inner.expect_delete().times(4).returning(|_, _| Err(stalled()));
        let (clock, host) = (MockClock::new(), host());
        let retrying = retrying(inner, &clock);
        let mut deleting = retrying.delete(&host, "shard");
        for pause in PAUSES {
            assert!((&mut deleting).now_or_never().is_none());
            assert_eq!(clock.sleepers(), [pause]);
            clock.advance_to_next();
        }
        let error = deleting.now_or_never().unwrap().unwrap_err();
        assert!(matches!(error, HostError::Stalled { .. }), "{error}");
    }

    #[test]
    fn a_retry_succeeds_once_the_host_recovers() {
        let mut inner = MockHostClient::new();
        let mut order = mockall::Sequence::new();
        inner
            .expect_fetch()
            .times(1)
            .in_sequence(&mut order)
            .returning(|_, _| Err(refused(StatusCode::SERVICE_UNAVAILABLE)));
        inner
            .expect_fetch()
            .times(1)
            .in_sequence(&mut order)
            .returning(|_, _| Ok(futures_util::stream::empty().boxed()));
        let (clock, host) = (MockClock::new(), host());
        let retrying = retrying(inner, &clock);
        let mut fetching = retrying.fetch(&host, "shard");
        assert!((&mut fetching).now_or_never().is_none());
        assert_eq!(clock.advance_to_next(), Some(PAUSES[0]));
        assert!(fetching.now_or_never().unwrap().is_ok());
    }

    #[test]
    fn permanent_failures_are_not_retried() {
        let full = || HostError::Full { host: host(), message: "the disk is full".into() };
        let failures: [fn() -> HostError; 2] =
            [|| refused(StatusCode::NOT_FOUND), || HostError::Differs { host: host() }];
        for failure in failures.into_iter().chain([full as fn() -> _]) {
            let mut inner = MockHostClient::new();
            inner.expect_delete().times(1).returning(move |_, _| Err(failure()));
            let clock = MockClock::new();
            assert!(retrying(inner, &clock).delete(&host(), "shard").now_or_never().unwrap().is_err());
            assert!(clock.sleepers().is_empty());
        }
    }

    #[test]
    fn a_store_is_not_retried() {
        let mut inner = MockHostClient::new();
        inner.expect_store().times(1).returning(|_, _, _| Err(stalled()));
        let clock = MockClock::new();
        let (_sender, pieces) = mpsc::channel(1);
        assert!(retrying(inner, &clock).store(&host(), "shard", pieces).now_or_never().unwrap().is_err());
    }

    #[tokio::test]
    async fn the_containers_client_retries_and_counts_one_call() -> Result<(), BuildError> {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let host = HostAddress { address: gone.to_string(), ..host() };
        let clock = MockClock::new();
        let Ambient { spawner, network, .. } = Ambient::tokio();
        let slice = Storage::slice().with_clock(Arc::new(clock.clone())).with_entropy(Arc::new(MaxEntropy));
        let slice = slice.with_spawner(spawner).with_network(network).strict();
        let (client, metrics): (Arc<dyn HostClient>, Arc<HostMetrics>) = slice.get().await?;
        let deleting = tokio::spawn(async move { client.delete(&host, "shard").await });
        for pause in PAUSES {
            // Until the pause starts, the call waits for a response. Its timeout is longer than any pause.
            while clock.sleepers().first().is_none_or(|next| *next > PAUSES[2]) {
                tokio::task::yield_now().await;
            }
            assert_eq!(clock.advance_to_next(), Some(pause));
        }
        let error = deleting.await.unwrap().unwrap_err();
        assert!(matches!(error, HostError::Unreachable { .. }), "{error}");
        let text = metrics.to_string();
        assert!(text.contains(r#"distridata_host_calls_total{operation="delete",outcome="failed"} 1"#), "{text}");
        assert!(text.contains(r#"distridata_host_call_seconds_total{operation="delete"} 0.7"#), "{text}");
        Ok(())
    }
}
