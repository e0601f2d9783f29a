//! Unix sockets: streams between processes of one host, by names.
//!
//! They are connections of the loopback interface without ports. A name is free again once its socket is closed; on a
//! real host, the file stays until it is removed.

use std::net::SocketAddr;

use super::bind::loopback;
use super::socket::{Kind, Socket, SocketId, State, Tcp};
use super::{Errno, Kernel, Protocol, Readiness};

/// The names of a Unix socket and of its peer.
#[derive(Debug, Default)]
pub(in crate::fakes::net) struct UnixNames {
    pub(in crate::fakes::net) own: Option<Vec<u8>>,
    pub(in crate::fakes::net) peer: Option<Vec<u8>>,
}

impl Kernel {
    /// Opens a Unix stream socket of a host.
    pub(in crate::fakes::net) fn open_unix(&mut self, host: usize) -> SocketId {
        let mut socket = Socket::new(host, Protocol::Tcp);
        socket.unix = Some(UnixNames::default());
        self.insert(socket)
    }

    /// Opens two Unix stream sockets of a host that are connected to each other.
    pub(in crate::fakes::net) fn open_unix_pair(&mut self, host: usize) -> [SocketId; 2] {
        let pair = [self.open_unix(host), self.open_unix(host)];
        self.join(pair[0], pair[1]);
        pair
    }

    /// Gives a Unix socket a name.
    pub(in crate::fakes::net) fn bind_unix(&mut self, id: SocketId, name: Vec<u8>) -> Result<(), Errno> {
        let socket = self.open_socket(id)?;
        let host = socket.host;
        if socket.is_bound {
            return Err(Errno::Invalid);
        }
        if self.named(host, &name).is_some() {
            return Err(Errno::AddressInUse);
        }
        let socket = self.open_socket(id)?;
        socket.is_bound = true;
        socket.unix.get_or_insert_default().own = Some(name);
        Ok(())
    }

    /// Connects a Unix socket to the one that listens under a name.
    pub(in crate::fakes::net) fn connect_unix(&mut self, id: SocketId, name: &[u8]) -> Result<(), Errno> {
        let socket = self.open_socket(id)?;
        let (host, own) = (socket.host, socket.unix.as_ref().and_then(|names| names.own.clone()));
        match socket.tcp().map(|tcp| &tcp.state) {
            Some(State::Idle) => {}
            Some(State::Connected) => return Err(Errno::IsConnected),
            _ => return Err(Errno::Invalid),
        }
        let listener = self.named(host, name).ok_or(Errno::NoSuchFile)?;
        let Some(State::Listening(queue)) = self.socket(listener).and_then(Socket::tcp).map(|tcp| &tcp.state) else {
            return Err(Errno::ConnectionRefused);
        };
        if queue.accepted.len() > queue.backlog {
            return Err(Errno::WouldBlock);
        }
        let child = self.open_unix(host);
        self.join(id, child);
        self.open_socket(child)?.unix = Some(UnixNames { own: Some(name.to_vec()), peer: own });
        self.open_socket(id)?.unix.get_or_insert_default().peer = Some(name.to_vec());
        self.offer(listener, child);
        self.touch(id, Readiness::OUT);
        Ok(())
    }

    /// Returns the names of a Unix socket.
    pub(in crate::fakes::net) fn unix_names(&self, id: SocketId) -> Option<&UnixNames> {
        self.socket(id)?.unix.as_ref()
    }

    fn named(&self, host: usize, name: &[u8]) -> Option<SocketId> {
        let has_name = |socket: &Socket| {
            socket.is_bound && socket.unix.as_ref().is_some_and(|names| names.own.as_deref() == Some(name))
        };
        self.sockets_of(host).find(|(_, socket)| has_name(socket)).map(|(id, _)| id)
    }

    /// Connects two sockets of a host.
    fn join(&mut self, first: SocketId, second: SocketId) {
        for (id, peer) in [(first, second), (second, first)] {
            let Some(socket) = self.socket_mut(id) else { continue };
            // Leads back to the host itself. The port has no meaning, but 0 would stand for no peer.
            socket.remote = Some(SocketAddr::new(loopback(false), 1));
            let mut tcp = Tcp::new(State::Connected);
            tcp.peer = Some(peer);
            socket.kind = Kind::Tcp(tcp);
        }
    }
}
