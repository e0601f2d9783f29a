use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use di_core::BoxFuture;
use di_core::ambient::{Connection, Listener, Network};

use super::stream::{Connecting, SimListener};
use super::wire::Wire;
use crate::sim::Sim;

/// The network as a host has it.
#[derive(Clone, Copy)]
pub(super) struct HostNetwork {
    pub(super) sim: Sim,
    pub(super) host: usize,
}

impl HostNetwork {
    pub(super) fn wire(&self) -> Rc<RefCell<Wire>> {
        self.try_wire().expect("a network is used on another thread than its simulation, or after its end")
    }

    /// None, where the run is over.
    pub(super) fn try_wire(&self) -> Option<Rc<RefCell<Wire>>> {
        self.sim.try_world()?.fakes.extension()
    }

    /// What an address means, `host:port`.
    fn resolve(&self, address: &str) -> io::Result<SocketAddr> {
        let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidInput, text);
        let Some((name, port)) = address.rsplit_once(':') else {
            return Err(wrong(format!("`{address}` has no port: an address is `host:port`")));
        };
        let port = port.parse().map_err(|_| wrong(format!("`{port}` is no port, in `{address}`")))?;
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
            Ok(peer) => Box::pin(Connecting::new(*self, peer)),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn bind(&self, address: &str) -> BoxFuture<io::Result<Box<dyn Listener>>> {
        let bound = self.resolve(address).and_then(|address| SimListener::bind(*self, address));
        Box::pin(async { bound.map(|listener| Box::new(listener) as Box<dyn Listener>) })
    }
}

/// Any address of the host, which others reach it by.
pub(super) fn reachable(address: SocketAddr, host: usize) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => SocketAddr::new(Wire::address(host), address.port()),
        _ => address,
    }
}
