//! Settings of sockets.

use super::socket::{Kind, Socket, SocketId};
use super::{Kernel, Readiness};

/// Settings of a socket that an application can look at.
pub(in crate::fakes::net) struct Facts {
    pub(in crate::fakes::net) is_listening: bool,
    pub(in crate::fakes::net) is_bound: bool,
    pub(in crate::fakes::net) reuses_address: bool,
    pub(in crate::fakes::net) reuses_port: bool,
    pub(in crate::fakes::net) is_v6_only: bool,
    pub(in crate::fakes::net) send_capacity: usize,
    pub(in crate::fakes::net) receive_capacity: usize,
}

impl Kernel {
    pub(in crate::fakes::net) fn facts(&self, id: SocketId) -> Option<Facts> {
        let socket = self.socket(id)?;
        Some(Facts {
            is_listening: socket.is_listening(),
            is_bound: socket.is_bound,
            reuses_address: socket.reuses_address,
            reuses_port: socket.reuses_port,
            is_v6_only: socket.is_v6_only,
            send_capacity: socket.send_capacity,
            receive_capacity: socket.receive_capacity,
        })
    }

    /// Returns the number of bytes that can be read at once.
    pub(in crate::fakes::net) fn unread(&self, id: SocketId) -> usize {
        match self.socket(id).map(|socket| &socket.kind) {
            Some(Kind::Tcp(tcp)) => tcp.inbox.len(),
            Some(Kind::Udp(udp)) => udp.inbox.front().map_or(0, |datagram| datagram.bytes.len()),
            None => 0,
        }
    }

    pub(in crate::fakes::net) fn set_reuses_port(&mut self, id: SocketId, reuses: bool) {
        self.set(id, |socket| socket.reuses_port = reuses);
    }

    pub(in crate::fakes::net) fn set_resets_on_close(&mut self, id: SocketId, resets: bool) {
        self.set(id, |socket| socket.resets_on_close = resets);
    }

    pub(in crate::fakes::net) fn set_v6(&mut self, id: SocketId) {
        self.set(id, |socket| socket.is_v6 = true);
    }

    pub(in crate::fakes::net) fn set_v6_only(&mut self, id: SocketId, is_only: bool) {
        self.set(id, |socket| socket.is_v6_only = is_only);
    }

    pub(in crate::fakes::net) fn set_send_capacity(&mut self, id: SocketId, size: usize) {
        self.set(id, |socket| socket.send_capacity = size);
        self.touch(id, Readiness::OUT);
    }

    pub(in crate::fakes::net) fn set_receive_capacity(&mut self, id: SocketId, size: usize) {
        self.set(id, |socket| socket.receive_capacity = size);
    }

    /// Sets the number of the file by which system calls know the socket.
    pub(in crate::fakes::net) fn set_file(&mut self, id: SocketId, file: i32) {
        self.set(id, |socket| socket.file = Some(file));
    }

    fn set(&mut self, id: SocketId, set: impl FnOnce(&mut Socket)) {
        if let Some(socket) = self.socket_mut(id) {
            set(socket);
        }
    }
}
