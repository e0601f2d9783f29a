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

/// Reads a shard from one of the hosts that keep it. When a host fails or stalls, the next one goes on where it was.
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

    /// The content of `shard`, from `hosts`. It ends in an error, unless it is what was stored.
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

/// A shard, read in part.
struct Reading {
    reader: Arc<ShardReader>,
    shard: Shard,
    /// The hosts that have not been tried.
    untried: VecDeque<HostAddress>,
    /// The host that is being read from.
    current: Option<ByteStream>,
    /// Bytes that a host is still to skip, since another has delivered them.
    skip: u64,
    /// Bytes delivered.
    delivered: u64,
    hasher: Hasher,
    /// What went wrong with each host that was tried.
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
                self.give_up(&format!("it did not go on for {} s", self.reader.stall_timeout.as_secs()));
                continue;
            };
            match read {
                Ok(Some(bytes)) => {
                    if let Some(bytes) = self.take(bytes) {
                        self.check()?;
                        return Ok(Some((bytes, self)));
                    }
                }
                Ok(None) => self.give_up("it has less of the shard than it should"),
                Err(error) => self.give_up(&error.to_string()),
            }
        }
    }

    /// The bytes that are new; none if another host has delivered all of them. What is beyond the shard is left out.
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
                if self.failures.is_empty() { "none of them is there".into() } else { self.failures.join("; ") };
            let message = format!("no host has shard {} ({}): {failures}", self.shard.id, self.shard.hosts.join(", "));
            return Err(io::Error::other(message));
        };
        self.skip = self.delivered;
        match self.reader.client.fetch(&host, &self.shard.id).await {
            Ok(content) => self.current = Some(content),
            Err(error) => self.give_up(&error.to_string()),
        }
        Ok(())
    }

    /// Checks the digest, once the shard is complete. Its last bytes are held back until then, since who knows the size
    /// does not ask for what comes after them.
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
        HostError::Full { host: host.clone(), message: "as a stand-in for any failure".into() }
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
    async fn the_next_host_goes_on_where_one_failed() {
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
    async fn a_host_that_has_too_little_is_given_up() {
        let mut client = MockHostClient::new();
        client.expect_fetch().returning(|_, _| Ok(testkit::stream::script().item(Ok("abc".into())).end().boxed()));
        let error = read(client).await.unwrap_err().to_string();
        assert!(error.starts_with("no host has shard shard (host-1, host-2): it has less"), "{error}");
    }

    #[tokio::test]
    async fn the_next_host_goes_on_where_one_stalls() -> Result<(), BuildError> {
        let mut client = MockHostClient::new();
        client.expect_fetch().withf(|host, _| host.name == "host-1").returning(|_, _| {
            let begun = futures_util::stream::iter([Ok(Bytes::from("abc"))]);
            Ok(begun.chain(futures_util::stream::pending()).boxed())
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
    async fn what_each_host_said_is_told() {
        let mut client = MockHostClient::new();
        client.expect_fetch().returning(|host, _| Err(full(host)));
        let error = read(client).await.unwrap_err().to_string();
        assert!(error.contains("host-1 (127.0.0.1:1) has no space") && error.contains("; host-2 ("), "{error}");
    }

    #[tokio::test]
    async fn damage_is_found_out() {
        let mut client = MockHostClient::new();
        client.expect_fetch().returning(|_, _| Ok(testkit::stream::script().item(Ok("abcdeX".into())).boxed()));
        let error = read(client).await.unwrap_err().to_string();
        assert!(error.starts_with("shard shard is damaged: its digest is "), "{error}");
    }
}
