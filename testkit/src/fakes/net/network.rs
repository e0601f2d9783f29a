//! The `Network` component of one host: resolves host names, connects and listens.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use di_core::BoxFuture;
use di_core::ambient::{Connection, Listener, Network};

use super::call::call;
use super::kernel::{Kernel, SharedKernel};
use super::stream::{Connect, SimListener};
use crate::sim::Sim;

/// The network from the point of view of one host.
#[derive(Clone, Copy)]
pub(super) struct HostNetwork {
    pub(super) sim: Sim,
    pub(super) host: usize,
}

impl HostNetwork {
    pub(super) fn kernel(&self) -> SharedKernel {
        self.try_kernel().expect("a network was used outside its simulation's thread, or after the simulation's end")
    }

    /// Returns `None` after the end of the run.
    pub(super) fn try_kernel(&self) -> Option<SharedKernel> {
        self.sim.try_world()?.fakes.extension()
    }

    /// Calls the kernel.
    pub(super) fn call<R>(&self, act: impl FnOnce(&mut Kernel) -> R) -> R {
        call(&self.kernel(), act)
    }

    /// Returns the names of this host and of the one at `peer`.
    pub(super) fn names(&self, peer: IpAddr) -> [String; 2] {
        self.call(|kernel| [kernel.hosts[self.host].name.clone(), kernel.name_at(self.host, peer)])
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
        let ip = self.call(|kernel| resolve(kernel, self.host, name));
        ip.map(|ip| SocketAddr::new(ip, port)).map_err(|text| io::Error::new(io::ErrorKind::NotFound, text))
    }
}

/// Returns the address of the host `name` as seen from the host `from`, or a text that lists the hosts.
pub(super) fn resolve(kernel: &Kernel, from: usize, name: &str) -> Result<IpAddr, String> {
    if name == "localhost" {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    let own_name = kernel.hosts.get(from).filter(|host| host.name == name).map(|_| from);
    match own_name.or_else(|| kernel.find_host(name)) {
        Some(number) => Ok(Kernel::address(number)),
        None => {
            let known: Vec<_> = kernel.hosts.iter().map(|host| host.name.as_str()).collect();
            let known = known.join("`, `");
            Err(format!("there is no host `{name}` in this simulation: its hosts are `{known}`"))
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
    if address.ip().is_unspecified() { SocketAddr::new(Kernel::address(host), address.port()) } else { address }
}
