use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use di_core::ambient::Clock;
use di_core::component;
use futures_util::stream::{StreamExt, TryStreamExt, unfold};
use reqwest::{Body, Client, Response, StatusCode};
use tokio::sync::mpsc;

use super::{HostClient, HostError};
use crate::object::{ByteStream, Piece, Stored};
use crate::storage::HostAddress;

/// Hosts over HTTP.
pub struct HttpHostClient {
    client: Client,
    clock: Arc<dyn Clock>,
}

/// How long a host may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a host may take to answer a request that carries nothing.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

#[component]
impl HttpHostClient {
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let client = Client::builder().no_proxy().connect_timeout(CONNECT_TIMEOUT).build()?;
        Ok(HttpHostClient { client, clock })
    }

    async fn in_time<T>(
        &self,
        host: &HostAddress,
        answer: impl Future<Output = Result<T, HostError>>,
    ) -> Result<T, HostError> {
        let stalled = |_| HostError::Stalled { host: host.clone(), waited: ANSWER_TIMEOUT };
        self.clock.timeout(ANSWER_TIMEOUT, answer).await.map_err(stalled)?
    }
}

fn url(host: &HostAddress, shard: &str) -> String {
    format!("http://{}/shards/{shard}", host.address)
}

/// A body that fails unless the pieces end as they should.
fn body(pieces: mpsc::Receiver<Piece>) -> Body {
    let bytes = unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Piece::Chunk(bytes)) => Some((Ok(bytes), Some(pieces))),
            Some(Piece::End) => None,
            None => Some((Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the shard was cut off")), None)),
        }
    });
    Body::wrap_stream(bytes)
}

/// The response, or the error that it tells of.
async fn accepted(host: &HostAddress, sent: Result<Response, reqwest::Error>) -> Result<Response, HostError> {
    let response = match sent {
        Ok(response) => response,
        Err(source) if source.is_connect() => return Err(HostError::Unreachable { host: host.clone(), source }),
        Err(source) => return Err(HostError::Interrupted { host: host.clone(), source }),
    };
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let message = response.text().await.unwrap_or_default();
    match status {
        StatusCode::INSUFFICIENT_STORAGE => Err(HostError::Full { host: host.clone(), message }),
        _ => Err(HostError::Refused { host: host.clone(), status, message }),
    }
}

#[async_trait]
impl HostClient for HttpHostClient {
    async fn store(&self, host: &HostAddress, shard: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
        let sent = self.client.put(url(host, shard)).body(body(pieces)).send().await;
        let stored = accepted(host, sent).await?.json().await;
        stored.map_err(|source| HostError::Interrupted { host: host.clone(), source })
    }

    async fn fetch(&self, host: &HostAddress, shard: &str) -> Result<ByteStream, HostError> {
        let answer = async { accepted(host, self.client.get(url(host, shard)).send().await).await };
        let response = self.in_time(host, answer).await?;
        let host = host.clone();
        let interrupted = move |source| io::Error::other(HostError::Interrupted { host: host.clone(), source });
        Ok(response.bytes_stream().map_err(interrupted).boxed())
    }

    async fn delete(&self, host: &HostAddress, shard: &str) -> Result<(), HostError> {
        let answer = async { accepted(host, self.client.delete(url(host, shard)).send().await).await };
        self.in_time(host, answer).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use di_core::ambient::Ambient;
    use testkit::MockClock;

    use super::*;
    use crate::digest::Digest;
    use crate::host::{HostConfig, HostServer, ShardStore, StorageHost, StoreError};

    /// Without what decorates it in the container.
    fn client() -> HttpHostClient {
        HttpHostClient::new(Ambient::tokio().clock).unwrap()
    }

    fn named(address: SocketAddr) -> HostAddress {
        HostAddress { name: "host-1".into(), address }
    }

    async fn pieces(pieces: impl IntoIterator<Item = Piece>) -> mpsc::Receiver<Piece> {
        let (sender, receiver) = mpsc::channel(8);
        for piece in pieces {
            sender.send(piece).await.unwrap();
        }
        receiver
    }

    fn config() -> Arc<HostConfig> {
        Arc::new(HostConfig { data_dir: "/unused".into(), listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) })
    }

    /// A real storage host over HTTP, with another store behind it.
    async fn host_with(shards: impl ShardStore + 'static) -> Arc<HostServer> {
        StorageHost::slice().with_config(config()).with_shards(Arc::new(shards)).get().await.unwrap()
    }

    #[tokio::test]
    async fn a_shard_travels_to_a_host_and_back() {
        let dir = tempfile::tempdir().unwrap();
        let config = HostConfig { data_dir: dir.path().into(), ..(*config()).clone() };
        let host = StorageHost::builder(config).build().await.unwrap();
        let (client, host) = (client(), named(host.server.address()));
        let sent = pieces([Piece::Chunk("ab".into()), Piece::Chunk("c".into()), Piece::End]).await;
        let stored = client.store(&host, "shard-1", sent).await.unwrap();
        assert_eq!(stored, Stored { size: 3, sha256: Digest::of("abc") });
        let fetched: Vec<_> = client.fetch(&host, "shard-1").await.unwrap().try_collect().await.unwrap();
        assert_eq!(fetched.concat(), b"abc");
        client.delete(&host, "shard-1").await.unwrap();
        let gone = client.fetch(&host, "shard-1").await.err().unwrap();
        assert!(gone.to_string().ends_with("refused, with 404 Not Found: there is no shard `shard-1`"), "{gone}");
    }

    #[tokio::test]
    async fn a_shard_that_is_cut_off_is_not_kept() {
        let mut shards = crate::host::MockShardStore::new();
        shards.expect_store().times(1).returning(|_, content| {
            let cut_off = futures_util::FutureExt::now_or_never(content.try_collect::<Vec<_>>());
            Err(match cut_off {
                Some(Ok(_)) => StoreError::BadName("a whole shard".into()),
                _ => StoreError::CutOff(io::Error::other("as it should be")),
            })
        });
        let host = host_with(shards).await;
        let sent = pieces([Piece::Chunk("ab".into())]).await;
        let error = client().store(&named(host.address()), "shard-1", sent).await.unwrap_err();
        assert!(!error.to_string().contains("a whole shard"), "{error}");
    }

    #[tokio::test]
    async fn a_full_host_says_so() {
        let mut shards = crate::host::MockShardStore::new();
        shards.expect_store().returning(|_, _| Err(StoreError::Full));
        let host = host_with(shards).await;
        let error = client().store(&named(host.address()), "shard-1", pieces([Piece::End]).await).await;
        let error = error.unwrap_err();
        assert!(matches!(error, HostError::Full { .. }), "{error:?}");
        assert!(error.to_string().contains("has no space left: the disk is full"), "{error}");
    }

    #[tokio::test]
    async fn a_host_that_is_down_is_unreachable() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let host = named(listener.local_addr().unwrap());
        drop(listener);
        let error = client().store(&host, "shard-1", pieces([Piece::End]).await).await.unwrap_err();
        assert!(matches!(error, HostError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains("cannot be reached: Connection refused"), "{error}");
    }

    #[tokio::test]
    async fn a_host_that_dies_halfway_breaks_off() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let host = named(listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            // Takes the head and a little of the body, and dies.
            let mut head = [0; 64];
            connection.read_exact(&mut head).await.unwrap();
            connection.shutdown().await.unwrap();
        });
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move { while sender.send(Piece::Chunk(vec![0; 64 * 1024].into())).await.is_ok() {} });
        let error = client().store(&host, "shard-1", receiver).await.unwrap_err();
        assert!(matches!(error, HostError::Interrupted { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_host_that_does_not_answer_stalls() {
        let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let host = named(silent.local_addr().unwrap());
        let clock = MockClock::new();
        let client = HttpHostClient::new(Arc::new(clock.clone())).unwrap();
        let deleting = tokio::spawn(async move { client.delete(&host, "shard-1").await });
        // The request is under way.
        let _connection = silent.accept().await.unwrap();
        assert_eq!(clock.advance_to_next(), Some(ANSWER_TIMEOUT));
        let error = deleting.await.unwrap().unwrap_err();
        assert!(matches!(error, HostError::Stalled { .. }), "{error:?}");
    }
}
