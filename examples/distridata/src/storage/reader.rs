//! Reads a shard, with failover to the next host.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use di_core::ambient::Clock;
use di_core::component;
use futures_util::stream::{StreamExt, TryStreamExt, try_unfold};

use super::{HostAddress, HostClient};
use crate::config::Config;
use crate::digest::Hasher;
use crate::object::{ByteStream, Shard};

/// Reads a shard from one of its hosts. If a host fails or stalls, the next host continues at the same position.
pub struct ShardReader {
    client: Arc<dyn HostClient>,
    clock: Arc<dyn Clock>,
    stall_timeout: Duration,
}

#[component]
impl ShardReader {
    pub fn new(config: &Config, client: Arc<dyn HostClient>, clock: Arc<dyn Clock>) -> Self {
        ShardReader { client, clock, stall_timeout: config.stall_timeout }
    }

    /// Returns the content of `shard`, read from `hosts`. The stream ends with an error if the content differs from the
    /// stored shard.
    pub fn read(self: &Arc<Self>, shard: Shard, hosts: Vec<HostAddress>) -> ByteStream {
        let reading = Reading {
            reader: self.clone(),
            shard,
            untried: hosts.into(),
            current: None,
            skip: 0,
            delivered: 0,
            hasher: Hasher::default(),
            failures: Vec::new(),
        };
        try_unfold(reading, Reading::next).boxed()
    }
}

/// State of a partly read shard.
struct Reading {
    reader: Arc<ShardReader>,
    shard: Shard,
    /// Hosts that have not been tried yet.
    untried: VecDeque<HostAddress>,
    /// Content from the current host.
    current: Option<ByteStream>,
    /// Bytes to skip from the current host, because another host has delivered them.
    skip: u64,
    /// Number of bytes delivered so far.
    delivered: u64,
    hasher: Hasher,
    /// Failure of each host that was tried.
    failures: Vec<String>,
}

impl Reading {
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        loop {
            if self.delivered == self.shard.size {
                return Ok(None);
            }
            let Some(current) = &mut self.current else {
                self.try_next_host().await?;
                continue;
            };
            let ShardReader { clock, stall_timeout, .. } = &*self.reader;
            let Ok(read) = clock.timeout(*stall_timeout, current.try_next()).await else {
                self.give_up(&format!("no data for {} s", self.reader.stall_timeout.as_secs()));
                continue;
            };
            match read {
                Ok(Some(bytes)) => {
                    if let Some(bytes) = self.take(bytes) {
                        self.check()?;
                        return Ok(Some((bytes, self)));
                    }
                }
                Ok(None) => self.give_up("its copy is incomplete"),
                Err(error) => self.give_up(&error.to_string()),
            }
        }
    }

    /// Returns the new bytes, or `None` if all of them have already been delivered. Drops bytes past the end of the
    /// shard.
    fn take(&mut self, mut bytes: Bytes) -> Option<Bytes> {
        let skipped = self.skip.min(bytes.len() as u64);
        bytes.advance(skipped as usize);
        self.skip -= skipped;
        bytes.truncate((self.shard.size - self.delivered).min(bytes.len() as u64) as usize);
        self.delivered += bytes.len() as u64;
        self.hasher.update(&bytes);
        (!bytes.is_empty()).then_some(bytes)
    }

    fn give_up(&mut self, why: &str) {
        tracing::warn!(shard = %self.shard.id, why, "a host failed; trying the next");
        self.failures.push(why.to_owned());
        self.current = None;
    }

    async fn try_next_host(&mut self) -> io::Result<()> {
        let Some(host) = self.untried.pop_front() else {
            let failures =
                if self.failures.is_empty() { "none of them is configured".into() } else { self.failures.join("; ") };
            let message = format!(
                "cannot read shard {} from any host ({}): {failures}",
                self.shard.id,
                self.shard.hosts.join(", ")
            );
            return Err(io::Error::other(message));
        };
        self.skip = self.delivered;
        match self.reader.client.fetch(&host, &self.shard.id).await {
            Ok(content) => self.current = Some(content),
            Err(error) => self.give_up(&error.to_string()),
        }
        Ok(())
    }

    /// Verifies the digest once the shard is complete. Delays the last bytes until then, because a client that knows
    /// the size might not read past them.
    fn check(&self) -> io::Result<()> {
        if self.delivered < self.shard.size {
            return Ok(());
        }
        let (_, sha256) = self.hasher.clone().finish();
        if sha256 == self.shard.sha256 {
            return Ok(());
        }
        let message = format!("shard {} is damaged: its digest is {sha256}, not {}", self.shard.id, self.shard.sha256);
        Err(io::Error::new(io::ErrorKind::InvalidData, message))
    }
}

#[cfg(test)]
mod tests {
    use di_core::BuildError;
    use futures_util::FutureExt;
    use testkit::MockClock;

    use super::*;
    use crate::digest::Digest;
    use crate::storage::{HostError, MockHostClient, Storage};

    fn shard() -> Shard {
        let hosts = vec!["host-1".into(), "host-2".into()];
        Shard { id: "shard".into(), size: 6, sha256: Digest::of("abcdef"), hosts }
    }

    fn hosts() -> Vec<HostAddress> {
        shard().hosts.into_iter().map(|name| HostAddress { name, address: "127.0.0.1:1".into() }).collect()
    }

    fn full(host: &HostAddress) -> HostError {
        HostError::Full { host: host.clone(), message: "stands for any failure".into() }
    }

    async fn reader(client: MockHostClient, clock: MockClock) -> Result<Arc<ShardReader>, BuildError> {
        let slice = Storage::slice().with_config(Arc::new(Config::new("/unused"))).with_clock(Arc::new(clock));
        slice.with_host_client(Arc::new(client)).strict().get().await
    }

    async fn read(client: MockHostClient) -> io::Result<String> {
        let reader = reader(client, MockClock::new()).await.unwrap();
        let pieces: Vec<_> = reader.read(shard(), hosts()).try_collect().await?;
        Ok(String::from_utf8(pieces.concat()).unwrap())
    }

    #[tokio::test]
    async fn the_next_host_continues_where_one_failed() {
        let mut client = MockHostClient::new();
        client.expect_fetch().withf(|host, _| host.name == "host-1").returning(|_, _| {
            Ok(testkit::stream::script().item(Ok("abc".into())).error(io::Error::other("reset")).boxed())
        });
        client.expect_fetch().withf(|host, _| host.name == "host-2").returning(|_, _| {
            Ok(testkit::stream::script().items(["ab", "cd", "ef"].map(|bytes| Ok(bytes.into()))).boxed())
        });
        assert_eq!(read(client).await.unwrap(), "abcdef");
    }

    #[tokio::test]
    async fn an_incomplete_copy_is_an_error() {
        let mut client = MockHostClient::new();
        client.expect_fetch().returning(|_, _| Ok(testkit::stream::script().item(Ok("abc".into())).end().boxed()));
        let error = read(client).await.unwrap_err().to_string();
        assert!(
            error.starts_with("cannot read shard shard from any host (host-1, host-2): its copy is incomplete"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn the_next_host_continues_where_one_stalled() -> Result<(), BuildError> {
        let mut client = MockHostClient::new();
        client.expect_fetch().withf(|host, _| host.name == "host-1").returning(|_, _| {
            let start = futures_util::stream::iter([Ok(Bytes::from("abc"))]);
            Ok(start.chain(futures_util::stream::pending()).boxed())
        });
        client
            .expect_fetch()
            .withf(|host, _| host.name == "host-2")
            .returning(|_, _| Ok(testkit::stream::script().item(Ok("abcdef".into())).boxed()));
        let clock = MockClock::new();
        let mut content = reader(client, clock.clone()).await?.read(shard(), hosts());
        assert_eq!(content.try_next().await.unwrap().unwrap(), "abc");
        assert!(content.try_next().now_or_never().is_none());
        assert_eq!(clock.advance_to_next(), Some(Duration::from_secs(30)));
        assert_eq!(content.try_next().await.unwrap().unwrap(), "def");
        Ok(())
    }

    #[tokio::test]
    async fn the_error_lists_the_failure_of_each_host() {
        let mut client = MockHostClient::new();
        client.expect_fetch().returning(|host, _| Err(full(host)));
        let error = read(client).await.unwrap_err().to_string();
        assert!(error.contains("host-1 (127.0.0.1:1) has no space") && error.contains("; host-2 ("), "{error}");
    }

    #[tokio::test]
    async fn a_damaged_shard_is_detected() {
        let mut client = MockHostClient::new();
        client.expect_fetch().returning(|_, _| Ok(testkit::stream::script().item(Ok("abcdeX".into())).boxed()));
        let error = read(client).await.unwrap_err().to_string();
        assert!(error.starts_with("shard shard is damaged: its digest is "), "{error}");
    }
}
