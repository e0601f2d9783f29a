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

/// Calls a host again that failed for a reason that can pass.
///
/// What is fetched or deleted is the same however often that is asked for, so that both are repeated. A shard is not
/// stored again: its pieces pass but once, and those that an attempt has taken, the next one could not be given. Whoever
/// has the content puts the object again, as the failed put has left nothing behind.
pub struct Retrying {
    inner: Arc<dyn HostClient>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// How often a host is called until it is given up.
const ATTEMPTS: u32 = 4;

/// The longest pause after the first attempt; after each further one it is twice as long.
const LONGEST_FIRST_PAUSE: Duration = Duration::from_millis(100);

#[component]
impl Retrying {
    pub fn new(#[inner] inner: Arc<dyn HostClient>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Retrying { inner, clock, entropy }
    }

    async fn repeat<T, F>(&self, call: impl Fn() -> F) -> Result<T, HostError>
    where
        F: Future<Output = Result<T, HostError>>,
    {
        let mut attempt = 1;
        loop {
            match call().await {
                Err(error) if error.can_pass() && attempt < ATTEMPTS => {
                    let pause = self.pause_after(attempt);
                    tracing::warn!(%error, attempt, ?pause, "a host failed; calling it again");
                    self.clock.sleep(pause).await;
                    attempt += 1;
                }
                ended => return ended,
            }
        }
    }

    /// Anything from none to the longest pause, so that those who failed together do not return together.
    ///
    /// Source: "full jitter" of Brooker 2015, "Exponential Backoff And Jitter", AWS Architecture Blog.
    fn pause_after(&self, attempt: u32) -> Duration {
        let longest = LONGEST_FIRST_PAUSE * 2_u32.pow(attempt - 1);
        Duration::from_micros(self.entropy.in_range(0..longest.as_micros() as u64 + 1))
    }
}

#[async_trait]
impl HostClient for Retrying {
    async fn store(&self, host: &HostAddress, shard: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
        self.inner.store(host, shard, pieces).await
    }

    async fn fetch(&self, host: &HostAddress, shard: &str) -> Result<ByteStream, HostError> {
        self.repeat(|| self.inner.fetch(host, shard)).await
    }

    async fn delete(&self, host: &HostAddress, shard: &str) -> Result<(), HostError> {
        self.repeat(|| self.inner.delete(host, shard)).await
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

    /// Draws the last of what can be drawn: the longest pauses.
    struct Last;

    impl Entropy for Last {
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
        HostError::Refused { host: host(), status, message: "as told".into() }
    }

    fn retrying(inner: MockHostClient, clock: &MockClock) -> Retrying {
        Retrying::new(Arc::new(inner), Arc::new(clock.clone()), Arc::new(Last))
    }

    const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];

    #[test]
    fn what_can_pass_is_called_again_after_growing_pauses_and_then_given_up() {
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
    fn a_host_that_recovers_is_an_answer() {
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
    fn what_cannot_pass_is_not_called_again() {
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
    fn a_shard_is_not_stored_again() {
        let mut inner = MockHostClient::new();
        inner.expect_store().times(1).returning(|_, _, _| Err(stalled()));
        let clock = MockClock::new();
        let (_sender, pieces) = mpsc::channel(1);
        assert!(retrying(inner, &clock).store(&host(), "shard", pieces).now_or_never().unwrap().is_err());
    }

    #[tokio::test]
    async fn the_containers_own_client_retries_and_is_metered_as_one_call() -> Result<(), BuildError> {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let host = HostAddress { address: gone.to_string(), ..host() };
        let clock = MockClock::new();
        let Ambient { spawner, network, .. } = Ambient::tokio();
        let slice = Storage::slice().with_clock(Arc::new(clock.clone())).with_entropy(Arc::new(Last));
        let slice = slice.with_spawner(spawner).with_network(network).strict();
        let (client, metrics): (Arc<dyn HostClient>, Arc<HostMetrics>) = slice.get().await?;
        let deleting = tokio::spawn(async move { client.delete(&host, "shard").await });
        for pause in PAUSES {
            // Until it pauses, a call waits for an answer, with a timeout that is longer than any pause.
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
