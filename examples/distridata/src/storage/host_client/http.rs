//! Client that streams shards over HTTP.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode};
use di_core::ambient::Clock;
use di_core::{BoxError, component};
use futures_util::stream::{StreamExt, TryStreamExt, unfold};
use tokio::sync::mpsc;

use super::{HostClient, HostError};
use crate::http_client::HttpClient;
use crate::object::{ByteStream, Piece, Stored};
use crate::storage::HostAddress;

/// Client for storage hosts over HTTP.
pub struct HttpHostClient {
    client: HttpClient,
    clock: Arc<dyn Clock>,
}

/// Timeout of requests without a body.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

#[component]
impl HttpHostClient {
    pub fn new(client: HttpClient, clock: Arc<dyn Clock>) -> Self {
        HttpHostClient { client, clock }
    }

    /// Sends a request. Returns the response, or an error that describes it.
    async fn send(
        &self,
        method: Method,
        host: &HostAddress,
        shard: &str,
        body: Body,
    ) -> Result<Response<Body>, HostError> {
        let request = Request::builder().method(method).uri(url(host, shard)).body(body);
        let request = request.map_err(|source| HostError::Unreachable { host: host.clone(), source: source.into() })?;
        let response = match self.client.request(request).await {
            Ok(response) => response.map(Body::new),
            Err(source) if source.is_connect() => {
                return Err(HostError::Unreachable { host: host.clone(), source: source.into() });
            }
            Err(source) => return Err(interrupted(host, source)),
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let message = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        let message = String::from_utf8_lossy(&message).into_owned();
        match status {
            StatusCode::INSUFFICIENT_STORAGE => Err(HostError::Full { host: host.clone(), message }),
            _ => Err(HostError::Refused { host: host.clone(), status, message }),
        }
    }

    async fn with_timeout<T>(
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

/// Returns a body that fails if the pieces stop before [`Piece::End`].
fn body(pieces: mpsc::Receiver<Piece>) -> Body {
    let bytes = unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Piece::Chunk(bytes)) => Some((Ok(bytes), Some(pieces))),
            Some(Piece::End) => None,
            None => Some((Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the shard was cut off")), None)),
        }
    });
    Body::from_stream(bytes)
}

fn interrupted(host: &HostAddress, source: impl Into<BoxError>) -> HostError {
    HostError::Interrupted { host: host.clone(), source: source.into() }
}

#[async_trait]
impl HostClient for HttpHostClient {
    async fn store(&self, host: &HostAddress, shard: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
        let response = self.send(Method::PUT, host, shard, body(pieces)).await?;
        let stored = to_bytes(response.into_body(), usize::MAX).await.map_err(|source| interrupted(host, source))?;
        serde_json::from_slice(&stored).map_err(|source| interrupted(host, source))
    }

    async fn fetch(&self, host: &HostAddress, shard: &str) -> Result<ByteStream, HostError> {
        let response = self.with_timeout(host, self.send(Method::GET, host, shard, Body::empty())).await?;
        let host = host.clone();
        let content = response.into_body().into_data_stream();
        Ok(content.map_err(move |source| io::Error::other(interrupted(&host, source))).boxed())
    }

    async fn delete(&self, host: &HostAddress, shard: &str) -> Result<(), HostError> {
        self.with_timeout(host, self.send(Method::DELETE, host, shard, Body::empty())).await.map(drop)
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
    use crate::http_client::http_client;

    /// Creates a client without the decorators of the container.
    fn client() -> HttpHostClient {
        client_with(Ambient::tokio().clock)
    }

    fn client_with(clock: Arc<dyn Clock>) -> HttpHostClient {
        let Ambient { spawner, network, .. } = Ambient::tokio();
        HttpHostClient::new(http_client(clock.clone(), spawner, network), clock)
    }

    fn named(address: SocketAddr) -> HostAddress {
        HostAddress { name: "host-1".into(), address: address.to_string() }
    }

    async fn pieces(pieces: impl IntoIterator<Item = Piece>) -> mpsc::Receiver<Piece> {
        let (sender, receiver) = mpsc::channel(8);
        for piece in pieces {
            sender.send(piece).await.unwrap();
        }
        receiver
    }

    fn config() -> Arc<HostConfig> {
        Arc::new(HostConfig { data_dir: "/unused".into(), listen: "127.0.0.1:0".into() })
    }

    /// Starts the real HTTP server of a storage host, with the given store.
    async fn host_with(shards: impl ShardStore + 'static) -> Arc<HostServer> {
        StorageHost::slice().with_config(config()).with_shards(Arc::new(shards)).get().await.unwrap()
    }

    #[tokio::test]
    async fn a_shard_is_stored_fetched_and_deleted() {
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
        assert!(
            gone.to_string().ends_with("rejected the request with 404 Not Found: there is no shard `shard-1`"),
            "{gone}"
        );
    }

    #[tokio::test]
    async fn a_shard_that_is_cut_off_is_not_kept() {
        let mut shards = crate::host::MockShardStore::new();
        shards.expect_store().times(1).returning(|_, content| {
            let cut_off = futures_util::FutureExt::now_or_never(content.try_collect::<Vec<_>>());
            Err(match cut_off {
                Some(Ok(_)) => StoreError::BadName("a whole shard".into()),
                _ => StoreError::CutOff(io::Error::other("as expected")),
            })
        });
        let host = host_with(shards).await;
        let sent = pieces([Piece::Chunk("ab".into())]).await;
        let error = client().store(&named(host.address()), "shard-1", sent).await.unwrap_err();
        assert!(!error.to_string().contains("a whole shard"), "{error}");
    }

    #[tokio::test]
    async fn a_full_disk_has_its_own_error() {
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
    async fn a_connection_closed_halfway_is_an_interrupted_error() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let host = named(listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            // Reads a part of the request, and closes the connection.
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
    async fn a_host_that_does_not_respond_is_a_stalled_error() {
        let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let host = named(silent.local_addr().unwrap());
        let clock = MockClock::new();
        let client = client_with(Arc::new(clock.clone()));
        let deleting = tokio::spawn(async move { client.delete(&host, "shard-1").await });
        // The request has been sent by now.
        let _connection = silent.accept().await.unwrap();
        assert_eq!(clock.advance_to_next(), Some(ANSWER_TIMEOUT));
        let error = deleting.await.unwrap().unwrap_err();
        assert!(matches!(error, HostError::Stalled { .. }), "{error:?}");
    }
}
