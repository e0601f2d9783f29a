//! Readiness of sockets, with the bits and rules of Linux's `epoll`.

use super::Kernel;
use super::socket::{Kind, Socket, SocketId, State, Tcp};

/// A set of conditions. The bits are those of Linux.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::fakes::net) struct Readiness(pub(in crate::fakes::net) u32);

impl Readiness {
    /// There is something to read, an end or a connection to accept.
    pub(in crate::fakes::net) const IN: Self = Readiness(0x1);
    pub(in crate::fakes::net) const OUT: Self = Readiness(0x4);
    pub(in crate::fakes::net) const ERROR: Self = Readiness(0x8);
    /// Both directions have ended.
    pub(in crate::fakes::net) const HANG_UP: Self = Readiness(0x10);
    /// The peer sends no more.
    pub(in crate::fakes::net) const PEER_HANG_UP: Self = Readiness(0x2000);
    pub(in crate::fakes::net) const ALL: Self = Readiness(0x201d);

    pub(in crate::fakes::net) const fn and(self, other: Self) -> Self {
        Readiness(self.0 | other.0)
    }

    pub(in crate::fakes::net) fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    fn add(&mut self, other: Self, condition: bool) {
        if condition {
            self.0 |= other.0;
        }
    }
}

impl Kernel {
    /// Returns the current readiness of a socket.
    pub(in crate::fakes::net) fn readiness(&self, id: SocketId) -> Readiness {
        let Some(socket) = self.socket(id) else { return Readiness::HANG_UP.and(Readiness::ERROR) };
        let mut ready = match &socket.kind {
            Kind::Tcp(tcp) => tcp_readiness(socket, tcp),
            Kind::Udp(udp) => {
                let mut ready = Readiness::OUT;
                ready.add(Readiness::IN, !udp.inbox.is_empty() || udp.is_read_shut);
                ready.add(Readiness::PEER_HANG_UP, udp.is_read_shut);
                ready.add(Readiness::HANG_UP, udp.is_read_shut && udp.is_send_shut);
                ready
            }
        };
        ready.add(Readiness::ERROR, socket.error.is_some() && !socket.is_listening());
        ready
    }
}

fn tcp_readiness(socket: &Socket, tcp: &Tcp) -> Readiness {
    let mut ready = Readiness::default();
    if let State::Listening(listening) = &tcp.state {
        ready.add(Readiness::IN, !listening.accepted.is_empty());
        return ready;
    }
    let has_ended = tcp.has_fin || tcp.is_read_shut;
    ready.add(Readiness::IN.and(Readiness::PEER_HANG_UP), has_ended);
    ready.add(Readiness::HANG_UP, (has_ended && tcp.is_send_shut) || matches!(tcp.state, State::Idle | State::Dead));
    if !matches!(tcp.state, State::Connecting | State::Handshake { .. }) {
        ready.add(Readiness::IN, !tcp.inbox.is_empty());
        ready.add(Readiness::OUT, tcp.is_send_shut || has_space(socket, tcp));
    }
    ready
}

/// Returns whether a third of the send buffer is free, which is when Linux reports that a socket can be written to.
pub(super) fn has_space(socket: &Socket, tcp: &Tcp) -> bool {
    socket.send_capacity.saturating_sub(tcp.unacknowledged) >= tcp.unacknowledged / 2
}
