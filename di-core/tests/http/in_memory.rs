//! In-memory implementation of the `Network` trait, shared by the HTTP tests.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

use di_core::BoxFuture;
use di_core::ambient::{Connection, Listener, Network};
use futures_util::FutureExt;
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// An in-memory network of hosts.
#[derive(Default)]
pub(crate) struct InMemory {
    listeners: Mutex<BTreeMap<String, UnboundedSender<(DuplexStream, SocketAddr)>>>,
    connections: AtomicU16,
}

/// Capacity of each direction of a connection, in bytes.
const BUFFER: usize = 64;

impl InMemory {
    /// Number of connections so far.
    pub(crate) fn connections(&self) -> u16 {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Returns the addresses of the listener and of the client with this number.
fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(10, 0, 0, 1), port))
}

impl Network for InMemory {
    fn connect(&self, host: &str) -> BoxFuture<io::Result<Connection>> {
        let (ours, theirs) = duplex(BUFFER);
        let peer = address(self.connections.fetch_add(1, Ordering::Relaxed) + 1);
        let taken = self.listeners.lock().unwrap().get(host).is_some_and(|taker| taker.send((theirs, peer)).is_ok());
        let refused = || io::Error::new(io::ErrorKind::ConnectionRefused, "no listener there");
        let connected = if taken { Ok(Box::new(ours) as Connection) } else { Err(refused()) };
        Box::pin(async { connected })
    }

    fn bind(&self, host: &str) -> BoxFuture<io::Result<Box<dyn Listener>>> {
        let (sender, receiver) = unbounded_channel();
        self.listeners.lock().unwrap().insert(host.to_owned(), sender);
        Box::pin(async { Ok(Box::new(Bound(receiver)) as Box<dyn Listener>) })
    }
}

struct Bound(UnboundedReceiver<(DuplexStream, SocketAddr)>);

impl Listener for Bound {
    fn accept(&mut self) -> futures_util::future::BoxFuture<'_, io::Result<(Connection, SocketAddr)>> {
        async {
            let (stream, peer) = self.0.recv().await.expect("the network is there");
            Ok((Box::new(stream) as Connection, peer))
        }
        .boxed()
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(address(80))
    }
}
