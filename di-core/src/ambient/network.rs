//! Traits of a network, which a test can replace.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::internal::BoxFuture;

/// Connections to other hosts.
///
/// A component takes an `Arc<dyn Network>`, and a container gets it from [`Ambient`](crate::ambient::Ambient): TCP in
/// production, or any other network in a test. Addresses are strings, `host:port`, so hosts can have names.
///
/// `di_core::hyper` connects hyper's clients through a network, with the feature `hyper`. `di_core::axum` serves axum
/// routers on one, with the feature `axum`.
///
/// ```
/// use std::io;
/// use std::sync::Arc;
/// use di_core::ambient::Network;
/// use di_core::component;
/// use tokio::io::AsyncReadExt;
///
/// pub struct TimeClient { network: Arc<dyn Network> }
///
/// #[component]
/// impl TimeClient {
///     pub fn new(network: Arc<dyn Network>) -> Self {
///         TimeClient { network }
///     }
///
///     pub async fn ask(&self, server: &str) -> io::Result<String> {
///         let mut text = String::new();
///         self.network.connect(server).await?.read_to_string(&mut text).await?;
///         Ok(text)
///     }
/// }
/// ```
pub trait Network: Send + Sync + 'static {
    /// Connects to `address`, `host:port`.
    fn connect(&self, address: &str) -> BoxFuture<io::Result<Connection>>;

    /// Listens on `address`, `host:port`. Port 0 selects a free port.
    fn bind(&self, address: &str) -> BoxFuture<io::Result<Box<dyn Listener>>>;
}

/// A bidirectional stream of bytes.
pub trait IoStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> IoStream for S {}

/// A stream of bytes to and from a peer.
pub type Connection = Box<dyn IoStream>;

/// Accepts connections.
pub trait Listener: Send + Sync + 'static {
    /// Waits for the next connection, and returns it with the peer's address.
    fn accept(&mut self) -> futures_util::future::BoxFuture<'_, io::Result<(Connection, SocketAddr)>>;

    /// Returns the local address, with the port that was selected.
    ///
    /// # Errors
    /// Returns the error of the operating system if it cannot provide the address.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}
