//! The `Network` component of one host: resolves host names, connects and listens.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use di_core::BoxFuture;
use di_core::ambient::{Connection, Listener, Network};

use super::stream::{Connect, SimListener};
use super::wire::Wire;
use crate::sim::Sim;

/// The network from the point of view of one host.
#[derive(Clone, Copy)]
pub(super) struct HostNetwork {
    pub(super) sim: Sim,
    pub(super) host: usize,
}

impl HostNetwork {
    pub(super) fn wire(&self) -> Rc<RefCell<Wire>> {
        self.try_wire().expect("a network was used outside its simulation's thread, or after the simulation's end")
    }

    /// Returns `None` after the end of the run.
    pub(super) fn try_wire(&self) -> Option<Rc<RefCell<Wire>>> {
        self.sim.try_world()?.fakes.extension()
    }

    /// Resolves an address of the form `host:port`.
    fn resolve(&self, address: &str) -> io::Result<SocketAddr> {
        let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidInput, text);
        let Some((name, port)) = address.rsplit_once(':') else {
            return Err(invalid(format!("`{address}` has no port: expected `host:port`")));
        };
        let port = port.parse().map_err(|_| invalid(format!("`{port}` is not a valid port in `{address}`")))?;
        if let Ok(address) = address.parse::<SocketAddr>() {
            return Ok(address);
        }
        if name == "localhost" {
            return Ok(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
        }
        let wire = self.wire();
        let wire = wire.borrow();
        match wire.names.iter().position(|known| known == name) {
            Some(number) => Ok(SocketAddr::new(Wire::address(number), port)),
            None => {
                let known = wire.names.join("`, `");
                let text = format!("there is no host `{name}` in this simulation: its hosts are `{known}`");
                Err(io::Error::new(io::ErrorKind::NotFound, text))
            }
        }
    }
}

impl Network for HostNetwork {
    fn connect(&self, address: &str) -> BoxFuture<io::Result<Connection>> {
        match self.resolve(address) {
            Ok(peer) => Box::pin(Connect::new(*self, peer)),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn bind(&self, address: &str) -> BoxFuture<io::Result<Box<dyn Listener>>> {
        let bound = self.resolve(address).and_then(|address| SimListener::bind(*self, address));
        Box::pin(async { bound.map(|listener| Box::new(listener) as Box<dyn Listener>) })
    }
}

/// Returns the address at which other hosts reach a socket: the host's own address in place of `0.0.0.0`.
pub(super) fn reachable(address: SocketAddr, host: usize) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => SocketAddr::new(Wire::address(host), address.port()),
        _ => address,
    }
}
