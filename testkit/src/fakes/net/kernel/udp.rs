//! Calls of UDP sockets.

use std::net::SocketAddr;

use bytes::Bytes;

use super::packet::{Content, Datagram};
use super::socket::{Kind, Protocol, SocketId, UDP_BUFFER, Udp};
use super::tcp::Directions;
use super::{Errno, Kernel, Readiness};

/// Maximum size of a datagram, in bytes.
const MAX_DATAGRAM: usize = 65_507;

impl Kernel {
    fn open_udp(&mut self, id: SocketId) -> Result<&mut Udp, Errno> {
        match &mut self.open_socket(id)?.kind {
            Kind::Udp(udp) => Ok(udp),
            Kind::Tcp(_) => Err(Errno::NotSupported),
        }
    }

    /// Sets the only peer of a socket, or removes it. `to` is an error if the address has the wrong form.
    pub(in crate::fakes::net) fn connect_udp(
        &mut self,
        id: SocketId,
        to: Result<Option<SocketAddr>, Errno>,
    ) -> Result<(), Errno> {
        self.open_udp(id)?;
        if to != Ok(None) {
            self.bind_port(id)?;
        }
        let Some(to) = to? else {
            self.forget_address(id);
            if !self.open_socket(id)?.is_port_fixed {
                self.free_chosen_port(id);
                self.open_socket(id)?.local = self.local_address(id).map(|local| SocketAddr::new(local.ip(), 0));
            }
            return Ok(());
        };
        let to = self.destination(id, to)?;
        let host = self.open_socket(id)?.host;
        self.route(host, to.ip())?;
        self.bind_for(id, to.ip())?;
        self.open_socket(id)?.remote = Some(to);
        Ok(())
    }

    /// Sends a datagram, to the peer of the socket if no address is given. `to` is an error if the address has the wrong
    /// form.
    pub(in crate::fakes::net) fn send_datagram(
        &mut self,
        id: SocketId,
        to: Result<Option<SocketAddr>, Errno>,
        bytes: Bytes,
    ) -> Result<usize, Errno> {
        let socket = self.open_socket(id)?;
        let (host, remote, is_v6_only) = (socket.host, socket.remote, socket.is_v6_only);
        // An IPv6 socket passes the address of its IPv4 peer on to IPv4, which checks it again.
        let is_passed_on = socket.is_v6 && remote.is_some_and(|remote| remote.is_ipv4());
        self.bind_port(id)?;
        let to = match to? {
            Some(to) if to.port() == 0 && !(is_v6_only && to.is_ipv4()) => return Err(Errno::Invalid),
            Some(to) => self.destination(id, to)?,
            None => {
                let to = remote.ok_or(Errno::DestinationRequired)?;
                if to.port() == 0 && is_passed_on {
                    return Err(Errno::Invalid);
                }
                to
            }
        };
        let to_host = self.route(host, to.ip())?;
        if bytes.len() > MAX_DATAGRAM {
            return Err(Errno::MessageTooLong);
        }
        let socket = self.open_socket(id)?;
        if let Some(error) = socket.error.take() {
            return Err(error);
        }
        if self.open_udp(id)?.is_send_shut {
            return Err(Errno::BrokenPipe);
        }
        let local = self.local_address(id).ok_or(Errno::Invalid)?;
        // A socket of both families may have an address of the other one.
        let has_source = !local.ip().is_unspecified() && local.is_ipv4() == to.is_ipv4();
        let ip = if has_source { local.ip() } else { self.source_address(id, to.ip()) };
        if ip.is_loopback() && to_host != host {
            return Err(Errno::Invalid);
        }
        let size = bytes.len();
        // The buffer is free again at once, which Linux announces.
        self.touch(id, Readiness::OUT);
        let datagram = Datagram { from: SocketAddr::new(ip, local.port()), to, bytes, sender: id };
        self.send_stray(host, to_host, Content::Datagram(datagram));
        Ok(size)
    }

    /// Takes the next datagram. With `is_peek`, it is kept.
    pub(in crate::fakes::net) fn receive_datagram(&mut self, id: SocketId, is_peek: bool) -> Result<Datagram, Errno> {
        if let Some(error) = self.open_socket(id)?.error.take() {
            return Err(error);
        }
        let udp = self.open_udp(id)?;
        if is_peek {
            return udp.inbox.front().cloned().ok_or(Errno::WouldBlock);
        }
        let datagram = udp.inbox.pop_front().ok_or(Errno::WouldBlock)?;
        udp.unread -= datagram.bytes.len();
        Ok(datagram)
    }

    pub(super) fn shut_down_udp(&mut self, id: SocketId, directions: Directions) -> Result<(), Errno> {
        let is_connected = self.open_socket(id)?.remote.is_some();
        let udp = self.open_udp(id)?;
        udp.is_read_shut |= directions.reading;
        udp.is_send_shut |= directions.sending;
        self.touch(id, Readiness::ALL);
        if is_connected { Ok(()) } else { Err(Errno::NotConnected) }
    }

    /// Puts a datagram that has arrived at a host into the inbox of its receiver.
    pub(super) fn arrive_datagram(&mut self, host: usize, datagram: Datagram) {
        // As on Linux, a socket that is connected to port 0 is connected to all ports.
        let is_peer =
            |remote: SocketAddr, other: SocketAddr| remote == other || remote == SocketAddr::new(other.ip(), 0);
        let accepts = |socket: &super::Socket| socket.remote.is_none_or(|remote| is_peer(remote, datagram.from));
        let Some(id) = self.receiver(host, Protocol::Udp, datagram.to, accepts) else {
            let has_sent = |sender: &&super::Socket| {
                sender.remote.is_some_and(|remote| is_peer(remote, datagram.to))
                    && sender.local.is_some_and(|local| local.ip() == datagram.from.ip())
            };
            if let Some(sender) = self.socket(datagram.sender).filter(has_sent) {
                let to_host = sender.host;
                self.send_stray(host, to_host, Content::PortUnreachable { to: datagram.sender });
            }
            return;
        };
        let Ok(udp) = self.open_udp(id) else { return };
        // A full buffer drops datagrams, as on Linux.
        if udp.unread + datagram.bytes.len() <= UDP_BUFFER {
            udp.unread += datagram.bytes.len();
            udp.inbox.push_back(datagram);
            self.touch(id, Readiness::IN);
        }
    }
}
