//! Sockets as rows of a table.

use std::net::SocketAddr;

use super::Kernel;
use super::socket::{Kind, Socket, State, Tcp};

/// A socket, in a report.
pub(in crate::fakes::net) struct SocketRow {
    pub(in crate::fakes::net) protocol: &'static str,
    /// Bytes that were not read; of a listening socket, connections that were not accepted.
    pub(in crate::fakes::net) received: usize,
    /// Bytes that were not acknowledged.
    pub(in crate::fakes::net) sent: usize,
    pub(in crate::fakes::net) local: Option<SocketAddr>,
    pub(in crate::fakes::net) remote: Option<SocketAddr>,
    pub(in crate::fakes::net) state: &'static str,
}

impl Kernel {
    /// Returns the sockets of a host that have an address.
    pub(in crate::fakes::net) fn socket_rows(&self, host: usize) -> impl Iterator<Item = SocketRow> {
        self.sockets_of(host).filter(|(_, socket)| socket.local.is_some()).map(|(_, socket)| row(socket))
    }
}

fn row(socket: &Socket) -> SocketRow {
    let (protocol, received, sent, state) = match &socket.kind {
        Kind::Tcp(tcp) => {
            let received = match &tcp.state {
                State::Listening(listening) => listening.accepted.len(),
                _ => tcp.inbox.len(),
            };
            ("tcp", received, tcp.unacknowledged, state_name(tcp))
        }
        Kind::Udp(udp) => ("udp", udp.unread, 0, ""),
    };
    SocketRow { protocol, received, sent, local: socket.local, remote: socket.remote, state }
}

/// Returns the name of the state of a TCP socket, as in RFC 9293.
fn state_name(tcp: &Tcp) -> &'static str {
    match tcp.state {
        State::Idle | State::Dead => "CLOSED",
        State::Listening(_) => "LISTEN",
        State::Connecting => "SYN_SENT",
        State::Handshake { .. } => "SYN_RECV",
        State::Connected => match (tcp.is_send_shut, tcp.has_fin, tcp.flow.queue.is_empty()) {
            (false, false, _) => "ESTABLISHED",
            (false, true, _) => "CLOSE_WAIT",
            (true, false, false) => "FIN_WAIT1",
            (true, false, true) => "FIN_WAIT2",
            (true, true, false) => "LAST_ACK",
            (true, true, true) => "CLOSED",
        },
    }
}
