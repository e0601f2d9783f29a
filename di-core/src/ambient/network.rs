use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::internal::BoxFuture;

/// Connections to other hosts.
///
/// A component takes it as an `Arc<dyn Network>`, and a container has it from [`Ambient`](crate::ambient::Ambient): in
/// production TCP, in a test whatever the test says. Addresses are texts, `host:port`, so that hosts may go by name.
///
/// Clients of hyper go through one by `di_core::hyper`, with the feature `hyper`; routers of axum are served at one by
/// `di_core::axum`, with the feature `axum`.
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

    /// Listens at `address`, `host:port`; at any port, if it is 0.
    fn bind(&self, address: &str) -> BoxFuture<io::Result<Box<dyn Listener>>>;
}

/// A stream of bytes in both directions.
pub trait IoStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> IoStream for S {}

/// A connection.
pub type Connection = Box<dyn IoStream>;

/// Takes connections.
pub trait Listener: Send + Sync + 'static {
    /// The next connection, and where it comes from.
    fn accept(&mut self) -> futures_util::future::BoxFuture<'_, io::Result<(Connection, SocketAddr)>>;

    /// Where it listens; the port is the real one, also where any was asked for.
    ///
    /// # Errors
    /// Those of the operating system.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}
