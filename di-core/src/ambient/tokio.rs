//! The ambient services of production, and the `Ambient` container.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use di_macros::{Component, Container, component};
use futures_util::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::{Clock, Connection, Entropy, Listener, Network, Spawner, TaskControl, TaskEnd, TaskOrigin};
use crate::internal::BoxFuture;

/// The ambient services, for use as a module of other containers.
///
/// ```
/// use std::sync::Arc;
/// use di_core::ambient::{Ambient, Clock};
/// use di_core::{component, Container};
///
/// pub struct Started { at: std::time::Instant }
///
/// #[component]
/// impl Started {
///     pub fn new(clock: &dyn Clock) -> Self {
///         Started { at: clock.now() }
///     }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[module]
///     ambient: Ambient,
///     #[import(ambient)]
///     clock: Arc<dyn Clock>,
///     #[component]
///     started: Arc<Started>,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let app = App::builder().build_sync()?;
/// assert!(app.clock.now() >= app.started.at);
/// # Ok::<(), di_core::BuildError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Container)]
pub struct Ambient {
    /// The clock.
    #[component(TokioClock)]
    pub clock: Arc<dyn Clock>,
    /// The spawner.
    #[component(TokioSpawner)]
    pub spawner: Arc<dyn Spawner>,
    /// The source of randomness.
    #[component(OsEntropy)]
    pub entropy: Arc<dyn Entropy>,
    /// The network.
    #[component(TokioNetwork)]
    pub network: Arc<dyn Network>,
}

impl Ambient {
    /// Creates the production services: tokio's clock, tasks and TCP, and the operating system's randomness.
    pub fn tokio() -> Self {
        match Ambient::builder().build_sync() {
            Ok(ambient) => ambient,
            Err(_) => unreachable!("these constructors cannot fail"),
        }
    }
}

/// Tokio's clock, which a test can pause. It sleeps in the tokio runtime that polls it.
#[derive(Debug, Component)]
pub struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<()> {
        Box::pin(async move { tokio::time::sleep_until(deadline.into()).await })
    }
}

/// Spawns on the current tokio runtime. Without one, for example in a `drop` on another thread, it spawns on the
/// runtime in which it was constructed.
///
/// # Panics
/// Panics on spawn if neither runtime exists.
#[derive(Debug)]
pub struct TokioSpawner {
    constructed_in: Option<Handle>,
}

#[component]
impl TokioSpawner {
    /// Creates a spawner for the current runtime, if there is one.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        TokioSpawner { constructed_in: Handle::try_current().ok() }
    }

    fn runtime(&self) -> Handle {
        match (Handle::try_current(), &self.constructed_in) {
            (Err(_), Some(handle)) => handle.clone(),
            _ => Handle::current(),
        }
    }
}

impl Spawner for TokioSpawner {
    fn spawn_boxed(&self, _: TaskOrigin<'_>, future: BoxFuture<TaskEnd>) -> Box<dyn TaskControl> {
        Box::new(self.runtime().spawn(future).abort_handle())
    }

    fn spawn_blocking_boxed(&self, _: TaskOrigin<'_>, work: Box<dyn FnOnce() + Send>) {
        self.runtime().spawn_blocking(work);
    }
}

impl TaskControl for AbortHandle {
    fn abort(&self) {
        AbortHandle::abort(self);
    }
}

/// The operating system's randomness.
///
/// # Panics
/// Panics if the operating system provides no randomness, as during early boot.
#[derive(Debug, Component)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has randomness");
    }
}

/// TCP with tokio. Written data is sent at once (`TCP_NODELAY`), because a [`Connection`] has no method to request
/// this.
#[derive(Debug, Component)]
pub struct TokioNetwork;

impl Network for TokioNetwork {
    fn connect(&self, address: &str) -> BoxFuture<io::Result<Connection>> {
        let address = address.to_owned();
        Box::pin(async move { Ok(connection(TcpStream::connect(address).await?)) })
    }

    fn bind(&self, address: &str) -> BoxFuture<io::Result<Box<dyn Listener>>> {
        let address = address.to_owned();
        Box::pin(async move { Ok(Box::new(TcpListener::bind(address).await?) as Box<dyn Listener>) })
    }
}

fn connection(stream: TcpStream) -> Connection {
    // This fails only if the connection is closed, which the first read reports.
    _ = stream.set_nodelay(true);
    Box::new(stream)
}

impl Listener for TcpListener {
    fn accept(&mut self) -> futures_util::future::BoxFuture<'_, io::Result<(Connection, SocketAddr)>> {
        async {
            let (stream, peer) = TcpListener::accept(self).await?;
            Ok((connection(stream), peer))
        }
        .boxed()
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        TcpListener::local_addr(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn written_data_is_sent_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap().into_std().unwrap();
        let same = stream.try_clone().unwrap();
        assert!(!same.nodelay().unwrap());
        let _connection = connection(TcpStream::from_std(stream).unwrap());
        assert!(same.nodelay().unwrap());
    }
}
