//! A disk, a server and a registry with lifecycle hooks, shared by both versions of the shutdown.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use di_core::{BoxError, HealthCheck, Shutdown, component};

/// Stores uploads until it is closed.
pub(super) struct Disk {
    pub(super) stored: AtomicUsize,
    is_closed: AtomicBool,
}

#[component]
impl Disk {
    pub(super) fn new() -> Self {
        Disk { stored: AtomicUsize::new(0), is_closed: AtomicBool::new(false) }
    }

    async fn store(&self) -> Result<(), BoxError> {
        tokio::time::sleep(Duration::from_millis(700)).await;
        if self.is_closed.load(Relaxed) {
            return Err("the disk is closed: an accepted upload is lost".into());
        }
        self.stored.fetch_add(1, Relaxed);
        Ok(())
    }

    #[stop]
    pub(super) fn close(&self) {
        self.is_closed.store(true, Relaxed);
    }
}

/// Accepts one upload after another until shutdown.
pub(super) struct Server {
    disk: Arc<Disk>,
    pub(super) accepted: AtomicUsize,
}

#[component]
impl Server {
    pub(super) fn new(disk: Arc<Disk>) -> Self {
        Server { disk, accepted: AtomicUsize::new(0) }
    }

    #[run(timeout = "10s")]
    pub(super) async fn serve(&self, shutdown: Shutdown) -> Result<(), BoxError> {
        while !shutdown.is_requested() {
            self.accepted.fetch_add(1, Relaxed);
            self.disk.store().await?;
        }
        Ok(())
    }
}

/// Registry of services, which is down: leaving it never completes.
pub(super) struct Registry;

#[component]
impl Registry {
    pub(super) fn new() -> Self {
        Registry
    }

    #[stop(timeout = "5s")]
    pub(super) async fn leave(&self) {
        pending().await
    }
}

#[async_trait]
impl HealthCheck for Disk {
    fn name(&self) -> &str {
        "disk"
    }

    async fn check(&self) -> Result<(), BoxError> {
        if self.is_closed.load(Relaxed) { Err("the disk is closed".into()) } else { Ok(()) }
    }
}

#[async_trait]
impl HealthCheck for Registry {
    fn name(&self) -> &str {
        "registry"
    }

    async fn check(&self) -> Result<(), BoxError> {
        pending().await
    }
}
