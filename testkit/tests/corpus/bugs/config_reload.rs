//! The address of a database, with separate locks for host and port. A read during a change may combine the old host
//! with the new port, or the new host with the old port.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, RwLock, mpsc};

const BEFORE: (&str, u16) = ("db-1", 5432);
const AFTER: (&str, u16) = ("db-2", 6432);

struct Config {
    host: RwLock<&'static str>,
    port: RwLock<u16>,
    /// Host and port under one lock, for the fixed version.
    address: RwLock<(&'static str, u16)>,
    resolved: Mutex<BTreeMap<&'static str, u32>>,
}

impl Config {
    async fn resolve(&self, host: &'static str) {
        *self.resolved.lock().await.entry(host).or_default() += 1;
    }

    async fn address<const FIXED: bool>(&self) -> (&'static str, u16) {
        if FIXED {
            let (host, port) = *self.address.read().await;
            self.resolve(host).await;
            (host, port)
        } else {
            let host = *self.host.read().await;
            self.resolve(host).await;
            let port = *self.port.read().await;
            (host, port)
        }
    }

    async fn reload<const FIXED: bool>(&self, (host, port): (&'static str, u16)) {
        if FIXED {
            *self.address.write().await = (host, port);
        } else {
            *self.host.write().await = host;
            *self.port.write().await = port;
        }
    }
}

async fn connect<const FIXED: bool>(config: Arc<Config>, connections: Arc<Mutex<u32>>) {
    for _ in 0..2 {
        let address = config.address::<FIXED>().await;
        assert!(address == BEFORE || address == AFTER, "there is no database at {address:?}");
        *connections.lock().await += 1;
    }
}

async fn reload<const FIXED: bool>(config: Arc<Config>, mut signals: mpsc::Receiver<()>) {
    while signals.recv().await.is_some() {
        config.reload::<FIXED>(AFTER).await;
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let (host, port, address) = (RwLock::new(BEFORE.0), RwLock::new(BEFORE.1), RwLock::new(BEFORE));
    let config = Arc::new(Config { host, port, address, resolved: Mutex::default() });
    let connections = Arc::new(Mutex::new(0));
    let (signal, signals) = mpsc::channel(1);
    let reloading = crate::spawn("reload", reload::<FIXED>(config.clone(), signals));
    let clients = [(); 2].map(|()| crate::spawn("client", connect::<FIXED>(config.clone(), connections.clone())));

    signal.send(()).await.unwrap();
    drop(signal);
    for client in clients {
        client.await.unwrap();
    }
    reloading.await.unwrap();
    assert_eq!(config.address::<FIXED>().await, AFTER);
    assert_eq!(*connections.lock().await, 4);
}
