//! Sockets, and the state that an application sees of them.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::task::Waker;

use super::errno::Errno;
use super::packet::{Datagram, InFlight};

/// Number of a socket in its run. Numbers are not reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::fakes::net) struct SocketId(pub(super) u32);

/// Protocol of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::fakes::net) enum Protocol {
    Tcp,
    Udp,
}

/// Capacity of a send buffer and of a receive buffer of TCP, in bytes.
pub(super) const TCP_BUFFER: usize = 64 * 1024;

/// Capacity of a receive buffer of UDP, in bytes, as on Linux.
pub(super) const UDP_BUFFER: usize = 212_992;

/// A socket.
pub(super) struct Socket {
    pub(super) host: usize,
    pub(super) local: Option<SocketAddr>,
    pub(super) remote: Option<SocketAddr>,
    /// Whether `bind` was called, or the port was chosen by a call.
    pub(super) is_bound: bool,
    /// Whether `bind` chose an address, which then stays.
    pub(super) is_address_fixed: bool,
    /// Whether `bind` chose a port, which then stays.
    pub(super) is_port_fixed: bool,
    pub(super) is_v6: bool,
    /// Whether an IPv6 socket accepts no IPv4.
    pub(super) is_v6_only: bool,
    pub(super) reuses_address: bool,
    pub(super) reuses_port: bool,
    /// Whether closing discards what was not sent, and resets the connection: `SO_LINGER` with a time of 0.
    pub(super) resets_on_close: bool,
    /// Error that the next call returns, as `SO_ERROR`.
    pub(super) error: Option<Errno>,
    /// Whether the application has closed the socket. Its connection may still end.
    pub(super) is_closed: bool,
    /// The names of a Unix socket.
    #[cfg(all(feature = "interpose", target_os = "linux", target_pointer_width = "64"))]
    pub(super) unix: Option<super::unix::UnixNames>,
    /// Number of the file, if the application uses the socket by system calls.
    pub(super) file: Option<i32>,
    /// Waker of the task that waits until the socket can be read, accepted from or connected.
    pub(super) read_waker: Option<Waker>,
    pub(super) write_waker: Option<Waker>,
    pub(super) send_capacity: usize,
    pub(super) receive_capacity: usize,
    pub(super) kind: Kind,
}

/// State of a socket that depends on its protocol.
pub(super) enum Kind {
    Tcp(Tcp),
    Udp(Udp),
}

/// State of a TCP socket.
pub(super) struct Tcp {
    pub(super) state: State,
    pub(super) request: Request,
    /// The socket at the other end. It may be gone.
    pub(super) peer: Option<SocketId>,
    pub(super) flow: Flow,
    /// Bytes that have arrived and were not read.
    pub(super) inbox: VecDeque<u8>,
    /// Whether the peer sends no more.
    pub(super) has_fin: bool,
    /// Whether `shutdown` or the end of the connection has ended reading.
    pub(super) is_read_shut: bool,
    /// Whether `shutdown`, `close` or the end of the connection has ended sending.
    pub(super) is_send_shut: bool,
    /// Whether a call found the send buffer full, so that free space must be announced.
    pub(super) awaits_space: bool,
    /// Bytes sent and not acknowledged.
    pub(super) unacknowledged: usize,
}

/// State of a TCP connection.
#[derive(Debug)]
pub(super) enum State {
    /// Never connected.
    Idle,
    Listening(Listening),
    /// A connection request was sent.
    Connecting,
    /// A connection request of the peer was answered.
    Handshake {
        listener: SocketId,
    },
    Connected,
    /// Reset, timed out, or ended in both directions.
    Dead,
}

/// Result of `connect` as the application knows it: Linux's `socket_state`, while `State` is its `sk_state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    None,
    /// The call returned before the connection was established.
    Begun,
    Done,
    /// `shutdown` was called after the failure of a request.
    Abandoned,
}

/// Connections that wait for `accept`.
#[derive(Debug)]
pub(super) struct Listening {
    pub(super) backlog: usize,
    pub(super) accepted: VecDeque<SocketId>,
}

/// The segments that a socket sends, in order.
#[derive(Default)]
pub(super) struct Flow {
    pub(super) queue: VecDeque<InFlight>,
    /// Whether delivery waits until the receiver reads.
    pub(super) is_full: bool,
    /// Number of delivered bytes without an acknowledgement, because it was lost.
    pub(super) unconfirmed: usize,
    /// Number of times that a sent segment has not been acknowledged.
    pub(super) retries: u32,
}

/// State of a UDP socket.
#[derive(Default)]
pub(super) struct Udp {
    pub(super) inbox: VecDeque<Datagram>,
    /// Bytes in the inbox.
    pub(super) unread: usize,
    pub(super) is_read_shut: bool,
    pub(super) is_send_shut: bool,
}

impl Socket {
    pub(super) fn new(host: usize, protocol: Protocol) -> Self {
        let (kind, receive_capacity) = match protocol {
            Protocol::Tcp => (Kind::Tcp(Tcp::new(State::Idle)), TCP_BUFFER),
            Protocol::Udp => (Kind::Udp(Udp::default()), UDP_BUFFER),
        };
        Socket {
            host,
            local: None,
            remote: None,
            is_bound: false,
            is_address_fixed: false,
            is_port_fixed: false,
            is_v6: false,
            is_v6_only: false,
            reuses_address: false,
            reuses_port: false,
            resets_on_close: false,
            error: None,
            is_closed: false,
            #[cfg(all(feature = "interpose", target_os = "linux", target_pointer_width = "64"))]
            unix: None,
            file: None,
            read_waker: None,
            write_waker: None,
            send_capacity: TCP_BUFFER,
            receive_capacity,
            kind,
        }
    }

    pub(super) fn protocol(&self) -> Protocol {
        match self.kind {
            Kind::Tcp(_) => Protocol::Tcp,
            Kind::Udp(_) => Protocol::Udp,
        }
    }

    pub(super) fn tcp(&self) -> Option<&Tcp> {
        match &self.kind {
            Kind::Tcp(tcp) => Some(tcp),
            Kind::Udp(_) => None,
        }
    }

    pub(super) fn tcp_mut(&mut self) -> Option<&mut Tcp> {
        match &mut self.kind {
            Kind::Tcp(tcp) => Some(tcp),
            Kind::Udp(_) => None,
        }
    }

    pub(super) fn is_listening(&self) -> bool {
        self.tcp().is_some_and(|tcp| matches!(tcp.state, State::Listening(_)))
    }
}

impl Tcp {
    pub(super) fn listening_mut(&mut self) -> Option<&mut Listening> {
        match &mut self.state {
            State::Listening(listening) => Some(listening),
            _ => None,
        }
    }

    pub(super) fn new(state: State) -> Self {
        let request = if matches!(state, State::Idle) { Request::None } else { Request::Done };
        Tcp {
            state,
            request,
            peer: None,
            flow: Flow::default(),
            inbox: VecDeque::new(),
            has_fin: false,
            is_read_shut: false,
            is_send_shut: false,
            awaits_space: false,
            unacknowledged: 0,
        }
    }

    /// Ends the connection. What has arrived can still be read.
    pub(super) fn die(&mut self) {
        self.state = State::Dead;
        (self.is_read_shut, self.is_send_shut, self.unacknowledged) = (true, true, 0);
    }
}
