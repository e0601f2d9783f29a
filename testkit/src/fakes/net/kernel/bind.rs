//! Addresses and ports of sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::host::{FIRST_EPHEMERAL_PORT, LAST_EPHEMERAL_PORT};
use super::socket::{Protocol, Socket, SocketId, State};
use super::{Errno, Kernel};

/// A port of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PortKey {
    pub(super) host: usize,
    pub(super) protocol: Protocol,
    pub(super) port: u16,
}

/// Returns whether each host has this address: an unspecified or a loopback one.
fn is_any_or_loopback(address: IpAddr) -> bool {
    address.is_unspecified() || address.is_loopback()
}

impl Kernel {
    /// Binds a socket to an address of its host. Port 0 stands for any free port.
    pub(in crate::fakes::net) fn bind(&mut self, id: SocketId, address: SocketAddr) -> Result<(), Errno> {
        let socket = self.open_socket(id)?;
        let is_used =
            socket.is_bound || socket.tcp().is_some_and(|tcp| !matches!(tcp.state, State::Idle | State::Dead));
        let is_foreign = !is_any_or_loopback(address.ip()) && address.ip() != Kernel::address(socket.host);
        // Linux checks in another order for each family.
        match (is_used, is_foreign) {
            _ if socket.is_v6_only && address.is_ipv4() => return Err(Errno::Invalid),
            (true, false) => return Err(Errno::Invalid),
            (true, true) if socket.is_v6 => return Err(Errno::Invalid),
            (_, true) => return Err(Errno::AddressNotAvailable),
            (false, false) => {}
        }
        let port = match address.port() {
            0 => self.free_port(id)?,
            _ if self.conflicts(id, address) => {
                let socket = self.open_socket(id)?;
                socket.local = socket.local.map(|local| SocketAddr::new(any(socket.is_v6), local.port()));
                return Err(Errno::AddressInUse);
            }
            port => port,
        };
        self.set_local(id, SocketAddr::new(address.ip(), port));
        let socket = self.open_socket(id)?;
        (socket.is_address_fixed, socket.is_port_fixed) = (!address.ip().is_unspecified(), address.port() != 0);
        socket.is_v6_only |= address.is_ipv6() && socket.is_address_fixed;
        Ok(())
    }

    /// Frees the port of a socket after its connection has ended, unless `bind` chose it.
    pub(super) fn free_chosen_port(&mut self, id: SocketId) {
        if self.socket(id).is_some_and(|socket| !socket.is_port_fixed) {
            self.release_port(id);
            if let Some(socket) = self.socket_mut(id) {
                socket.is_bound = false;
            }
        }
    }

    /// Takes back the address that a connection has given to a socket.
    pub(super) fn forget_address(&mut self, id: SocketId) {
        let Some(socket) = self.socket_mut(id) else { return };
        socket.remote = None;
        if let Some(local) = socket.local.filter(|_| !socket.is_address_fixed) {
            socket.local = Some(SocketAddr::new(any(socket.is_v6), local.port()));
        }
    }

    /// Gives a socket any free port, unless it has one.
    pub(super) fn bind_port(&mut self, id: SocketId) -> Result<(), Errno> {
        let socket = self.open_socket(id)?;
        if !socket.is_bound {
            let ip = socket.local.map_or(any(socket.is_v6), |local| local.ip());
            let port = self.free_port(id)?;
            self.set_local(id, SocketAddr::new(ip, port));
        }
        Ok(())
    }

    /// Gives a socket that sends to `to` a local address, unless it has one.
    pub(super) fn bind_for(&mut self, id: SocketId, to: IpAddr) -> Result<(), Errno> {
        let ip = self.source_address(id, to);
        let socket = self.open_socket(id)?;
        match socket.local {
            Some(local) if !socket.is_bound => {
                let ip = if local.ip().is_unspecified() { ip } else { local.ip() };
                let port = self.free_port(id)?;
                self.set_local(id, SocketAddr::new(ip, port));
            }
            None => {
                let port = self.free_port(id)?;
                self.set_local(id, SocketAddr::new(ip, port));
            }
            Some(local) if local.ip().is_unspecified() => socket.local = Some(SocketAddr::new(ip, local.port())),
            // The loopback address reaches no other host.
            Some(local) if local.ip().is_loopback() && !is_any_or_loopback(to) => return Err(Errno::Invalid),
            Some(_) => {}
        }
        Ok(())
    }

    /// Returns the address from which a socket sends to `to`.
    pub(super) fn source_address(&self, id: SocketId, to: IpAddr) -> IpAddr {
        let host = self.socket(id).map_or(0, |socket| socket.host);
        if to.is_loopback() { loopback(to.is_ipv6()) } else { Kernel::address(host) }
    }

    /// Returns the host that an address leads to from a host.
    pub(super) fn route(&self, from: usize, to: IpAddr) -> Result<usize, Errno> {
        if is_any_or_loopback(to) {
            return Ok(from);
        }
        self.host_at(to).ok_or(Errno::NetworkUnreachable)
    }

    pub(super) fn set_local(&mut self, id: SocketId, local: SocketAddr) {
        let Some(socket) = self.socket_mut(id) else { return };
        (socket.local, socket.is_bound) = (Some(local), true);
        let key = PortKey { host: socket.host, protocol: socket.protocol(), port: local.port() };
        self.bound.entry(key).or_default().push(id);
    }

    pub(super) fn release_port(&mut self, id: SocketId) {
        let Some(socket) = self.socket(id) else { return };
        let Some(local) = socket.local.filter(|_| socket.is_bound) else { return };
        let key = PortKey { host: socket.host, protocol: socket.protocol(), port: local.port() };
        if let Some(bound) = self.bound.get_mut(&key) {
            bound.retain(|&other| other != id);
            if bound.is_empty() {
                self.bound.remove(&key);
            }
        }
    }

    fn free_port(&mut self, id: SocketId) -> Result<u16, Errno> {
        let socket = self.open_socket(id)?;
        let (host, protocol) = (socket.host, socket.protocol());
        for _ in FIRST_EPHEMERAL_PORT..=LAST_EPHEMERAL_PORT {
            let next = &mut self.hosts[host].next_port;
            let port = *next;
            *next = if port == LAST_EPHEMERAL_PORT { FIRST_EPHEMERAL_PORT } else { port + 1 };
            if !self.bound.contains_key(&PortKey { host, protocol, port }) {
                return Ok(port);
            }
        }
        Err(Errno::AddressInUse)
    }

    /// Returns whether another socket prevents a socket from being bound to an address.
    fn conflicts(&self, id: SocketId, address: SocketAddr) -> bool {
        let Some(socket) = self.socket(id) else { return false };
        let key = PortKey { host: socket.host, protocol: socket.protocol(), port: address.port() };
        let new = (address, socket.is_v6_only);
        let bound = self.bound.get(&key).into_iter().flatten();
        let mut others = bound.filter(|&&other| other != id).filter_map(|&other| self.socket(other));
        let is_bound = others.any(|other| {
            let share = (socket.reuses_port && other.reuses_port)
                || (socket.reuses_address && other.reuses_address && !other.is_listening());
            !share && other.local.is_some_and(|local| overlaps(new, (local, other.is_v6_only)))
        });
        is_bound
            || self.time_waits.of(key).any(|wait| {
                let share = (socket.reuses_port && wait.reuses_port) || (socket.reuses_address && wait.reuses_address);
                !share && overlaps(new, (wait.local, wait.is_v6_only))
            })
    }

    /// Returns whether another socket prevents a socket from listening at its address.
    pub(super) fn prevents_listening(&self, id: SocketId) -> bool {
        self.local_address(id).is_some_and(|local| self.conflicts(id, local))
    }

    /// Returns the socket of a host that receives what is sent to an address: the one bound most exactly, and of
    /// several the last. `fits` filters them.
    pub(super) fn receiver(
        &self,
        host: usize,
        protocol: Protocol,
        address: SocketAddr,
        fits: impl Fn(&Socket) -> bool,
    ) -> Option<SocketId> {
        let bound = self.bound.get(&PortKey { host, protocol, port: address.port() })?;
        let is_local = |socket: &Socket| {
            socket.local.is_some_and(|local| {
                local.ip() == address.ip() || accepts_all((local, socket.is_v6_only), address.ip())
            })
        };
        let exactness =
            |socket: &Socket| (socket.remote.is_some(), socket.local.is_some_and(|local| !local.ip().is_unspecified()));
        let sockets = bound.iter().filter_map(|&id| Some((id, self.socket(id)?)));
        let fitting = sockets.filter(|(_, socket)| !socket.is_closed && is_local(socket) && fits(socket));
        fitting.max_by_key(|(_, socket)| exactness(socket)).map(|(id, _)| id)
    }
}

/// Returns whether a socket bound to `local` receives what is sent to `to`, as an unspecified address does.
fn accepts_all((local, is_v6_only): (SocketAddr, bool), to: IpAddr) -> bool {
    match local.ip() {
        IpAddr::V4(ip) => ip.is_unspecified() && to.is_ipv4(),
        IpAddr::V6(ip) => ip.is_unspecified() && (to.is_ipv6() || !is_v6_only),
    }
}

/// Returns whether a new local address has an address in common with a bound one. Each comes with whether its socket
/// accepts no IPv4.
fn overlaps(new: (SocketAddr, bool), bound: (SocketAddr, bool)) -> bool {
    // Linux takes an IPv6 socket for one of both families, even if it is connected.
    let is_for_both = bound.0.is_ipv6() && !bound.1 && new.0.ip() == any(false);
    is_for_both || new.0.ip() == bound.0.ip() || accepts_all(new, bound.0.ip()) || accepts_all(bound, new.0.ip())
}

/// Returns the address that stands for all addresses of a host.
pub(super) fn any(is_v6: bool) -> IpAddr {
    if is_v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() }
}

/// Returns the loopback address of each host.
pub(super) fn loopback(is_v6: bool) -> IpAddr {
    if is_v6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() }
}
