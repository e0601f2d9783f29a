use std::io;
use std::net::SocketAddr;

use axum::Router;
use di_core::Shutdown;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// An HTTP server that runs until it is drained or dropped.
pub struct Serving {
    address: SocketAddr,
    shutdown: Shutdown,
    /// None once it has been drained.
    task: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

impl Serving {
    /// Listens, and begins to serve.
    pub async fn start(address: SocketAddr, router: Router) -> Result<Serving, ListenError> {
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            Ok((listener.local_addr()?, listener))
        };
        let (address, listener) = bound.await.map_err(|source| ListenError { address, source })?;
        let shutdown = Shutdown::new();
        let requested = shutdown.clone();
        let task = tokio::spawn(async move {
            let draining = async move { requested.requested().await };
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(draining).await {
                tracing::error!(%address, %error, "server ended");
            }
        });
        Ok(Serving { address, shutdown, task: Mutex::new(Some(task)) })
    }

    /// Where it listens; the port is the real one, also where any was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and waits for those under way.
    pub async fn drain(&self) {
        self.shutdown.request();
        if let Some(task) = self.task.lock().await.take() {
            _ = task.await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut() {
            task.abort();
        }
    }
}
