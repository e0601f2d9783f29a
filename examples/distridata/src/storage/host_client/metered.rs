//! Decorator that records calls as metrics.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use di_core::ambient::Clock;
use di_core::component;
use tokio::sync::mpsc;

use super::metrics::{Operation, Outcome};
use super::{HostClient, HostError, HostMetrics};
use crate::object::{ByteStream, Piece, Stored};
use crate::storage::HostAddress;

/// Decorator that counts and times calls in [`HostMetrics`]. A fetch counts as ended when its content starts.
pub struct Metered {
    inner: Arc<dyn HostClient>,
    clock: Arc<dyn Clock>,
    metrics: Arc<HostMetrics>,
}

#[component]
impl Metered {
    pub fn new(#[inner] inner: Arc<dyn HostClient>, clock: Arc<dyn Clock>, metrics: Arc<HostMetrics>) -> Self {
        Metered { inner, clock, metrics }
    }

    async fn meter<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, HostError>>,
    ) -> Result<T, HostError> {
        let mut metered_call =
            MeteredCall { metered: self, operation, start: self.clock.now(), outcome: Outcome::Dropped };
        let result = call.await;
        metered_call.outcome = if result.is_ok() { Outcome::Succeeded } else { Outcome::Failed };
        result
    }
}

/// A call in flight. Recorded on drop, so cancelled calls count.
struct MeteredCall<'a> {
    metered: &'a Metered,
    operation: Operation,
    start: Instant,
    outcome: Outcome,
}

impl Drop for MeteredCall<'_> {
    fn drop(&mut self) {
        let Metered { clock, metrics, .. } = self.metered;
        metrics.record(self.operation, self.outcome, clock.now() - self.start);
    }
}

#[async_trait]
impl HostClient for Metered {
    async fn store(&self, host: &HostAddress, shard: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
        self.meter(Operation::Store, self.inner.store(host, shard, pieces)).await
    }

    async fn fetch(&self, host: &HostAddress, shard: &str) -> Result<ByteStream, HostError> {
        self.meter(Operation::Fetch, self.inner.fetch(host, shard)).await
    }

    async fn delete(&self, host: &HostAddress, shard: &str) -> Result<(), HostError> {
        self.meter(Operation::Delete, self.inner.delete(host, shard)).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use di_core::BuildError;
    use futures_util::FutureExt;
    use testkit::MockClock;

    use super::*;
    use crate::storage::Storage;

    /// Fails a fetch after 2 s, completes a delete after 3 s, and never completes a store.
    struct Slow(Arc<dyn Clock>);

    #[async_trait]
    impl HostClient for Slow {
        async fn store(&self, _: &HostAddress, _: &str, _: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
            std::future::pending().await
        }

        async fn fetch(&self, host: &HostAddress, _: &str) -> Result<ByteStream, HostError> {
            self.0.sleep(Duration::from_secs(2)).await;
            Err(HostError::Differs { host: host.clone() })
        }

        async fn delete(&self, _: &HostAddress, _: &str) -> Result<(), HostError> {
            self.0.sleep(Duration::from_secs(3)).await;
            Ok(())
        }
    }

    #[tokio::test]
    async fn calls_are_counted_and_timed_by_outcome() -> Result<(), BuildError> {
        let host = HostAddress { name: "host-1".into(), address: "127.0.0.1:1".into() };
        let mock = MockClock::new();
        let clock: Arc<dyn Clock> = Arc::new(mock.clone());
        let metrics = Storage::slice().get::<Arc<HostMetrics>>().await?;
        let metered = Metered::new(Arc::new(Slow(clock.clone())), clock, metrics.clone());
        for _ in 0..2 {
            let mut deleting = metered.delete(&host, "shard");
            assert!((&mut deleting).now_or_never().is_none());
            mock.advance_to_next();
            assert!(deleting.now_or_never().unwrap().is_ok());
        }
        let mut fetching = metered.fetch(&host, "shard");
        assert!((&mut fetching).now_or_never().is_none());
        mock.advance_to_next();
        assert!(fetching.now_or_never().unwrap().is_err());
        let (_sender, pieces) = mpsc::channel(1);
        assert!(metered.store(&host, "shard", pieces).now_or_never().is_none(), "dropped while pending");

        let text = metrics.to_string();
        for line in [
            r#"distridata_host_calls_total{operation="store",outcome="dropped"} 1"#,
            r#"distridata_host_calls_total{operation="fetch",outcome="failed"} 1"#,
            r#"distridata_host_calls_total{operation="delete",outcome="succeeded"} 2"#,
            r#"distridata_host_calls_total{operation="delete",outcome="failed"} 0"#,
            r#"distridata_host_call_seconds_total{operation="fetch"} 2"#,
            r#"distridata_host_call_seconds_total{operation="delete"} 6"#,
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
        Ok(())
    }
}
