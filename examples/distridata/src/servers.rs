//! HTTP servers over any network, with graceful shutdown.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use di_core::ambient::{Clock, JoinHandle, Network, Spawner};
use di_core::axum::Server;
use di_core::{Shutdown, component};
use tokio::sync::Mutex;

/// Starts HTTP servers.
pub struct Servers {
    server: Server,
    network: Arc<dyn Network>,
    spawner: Arc<dyn Spawner>,
}

#[component]
impl Servers {
    pub fn new(clock: Arc<dyn Clock>, spawner: Arc<dyn Spawner>, network: Arc<dyn Network>) -> Self {
        Servers { server: Server::new(clock, spawner.clone()), network, spawner }
    }

    /// Binds `address` (`host:port`) and starts to serve `router`.
    pub async fn start(&self, address: &str, router: Router) -> Result<RunningServer, ListenError> {
        let bound = async {
            let listener = self.network.bind(address).await?;
            Ok((listener.local_addr()?, listener))
        };
        let (address, listener) = bound.await.map_err(|source| ListenError { address: address.to_owned(), source })?;
        let shutdown = Shutdown::new();
        let task = self.spawner.spawn("serve", self.server.serve(listener, router, shutdown.clone()));
        Ok(RunningServer { address, shutdown, task: Mutex::new(Some(task)) })
    }
}

/// An HTTP server that runs until it is drained or dropped.
pub struct RunningServer {
    address: SocketAddr,
    shutdown: Shutdown,
    /// `None` once it has been drained.
    task: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ListenError {
    address: String,
    source: io::Error,
}

impl RunningServer {
    /// Returns the address at which the server listens, with the actual port if port 0 was requested.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting requests, and waits for those in flight.
    pub async fn drain(&self) {
        self.shutdown.request();
        if let Some(task) = self.task.lock().await.take() {
            _ = task.await;
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut() {
            task.abort();
        }
    }
}
