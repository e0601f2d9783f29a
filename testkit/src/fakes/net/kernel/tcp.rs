//! Calls of TCP sockets.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;

use super::link::LinkId;
use super::packet::{Content, Segment};
use super::socket::{Listening, Request, Socket, SocketId, State, Tcp};
use super::{Errno, Kernel, Protocol, Readiness};

/// Maximum size of a segment between hosts, as on Ethernet.
const SEGMENT: usize = 1460;

/// Maximum size of a segment on the loopback interface.
const LOCAL_SEGMENT: usize = 32 * 1024;

/// Longest queue of connections that wait for `accept`: Linux's `net.core.somaxconn`.
const MAX_BACKLOG: usize = 4096;

/// The directions that `shutdown` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fakes::net) struct Directions {
    pub(in crate::fakes::net) reading: bool,
    pub(in crate::fakes::net) sending: bool,
}

impl Kernel {
    fn open_tcp(&mut self, id: SocketId) -> Result<&mut Tcp, Errno> {
        self.open_socket(id)?.tcp_mut().ok_or(Errno::NotSupported)
    }

    /// Begins to listen, or changes the length of the queue.
    pub(in crate::fakes::net) fn listen(&mut self, id: SocketId, backlog: usize) -> Result<(), Errno> {
        let tcp = self.open_tcp(id)?;
        match &mut tcp.state {
            State::Listening(listening) => {
                listening.backlog = backlog.min(MAX_BACKLOG);
                return Ok(());
            }
            State::Idle if tcp.request == Request::None => {}
            _ => return Err(Errno::Invalid),
        }
        self.bind_port(id)?;
        if self.prevents_listening(id) {
            return Err(Errno::AddressInUse);
        }
        let listening = Listening { backlog: backlog.min(MAX_BACKLOG), accepted: VecDeque::new() };
        self.open_tcp(id)?.state = State::Listening(listening);
        Ok(())
    }

    /// Begins to connect. Returns [`Errno::InProgress`] once the request is sent.
    ///
    /// `to` is an error if the address has the wrong form, which matters only if the socket can be connected.
    pub(in crate::fakes::net) fn connect_tcp(
        &mut self,
        id: SocketId,
        to: Result<SocketAddr, Errno>,
    ) -> Result<(), Errno> {
        let tcp = self.open_tcp(id)?;
        match (tcp.request, &tcp.state) {
            (Request::None, State::Idle) => {}
            (Request::None | Request::Done, _) => return Err(Errno::IsConnected),
            (Request::Abandoned, _) => return Err(Errno::Invalid),
            (Request::Begun, State::Connecting | State::Handshake { .. }) => return Err(Errno::AlreadyInProgress),
            // The failure of a request is returned once. The socket can then be used again.
            (Request::Begun, State::Dead) => {
                let error = self.take_error(id).unwrap_or(Errno::ConnectionAborted);
                self.disconnect_tcp(id)?;
                return Err(error);
            }
            (Request::Begun, _) => {
                tcp.request = Request::Done;
                return Ok(());
            }
        }
        let to = self.destination(id, to?)?;
        let host = self.open_socket(id)?.host;
        self.route(host, to.ip())?;
        self.bind_for(id, to.ip())?;
        let socket = self.open_socket(id)?;
        (socket.remote, socket.error) = (Some(to), None);
        if let Some(tcp) = socket.tcp_mut() {
            (tcp.state, tcp.request) = (State::Connecting, Request::Begun);
        }
        self.send_segment(id, Segment::Syn);
        if matches!(self.open_tcp(id)?.state, State::Connecting) {
            self.set_connect_timeout(id);
        }
        Err(Errno::InProgress)
    }

    /// Returns whether the connection that a socket has requested is established, or the error that ended it.
    pub(in crate::fakes::net) fn poll_connected(&mut self, id: SocketId) -> Result<(), Errno> {
        if let Some(error) = self.take_error(id) {
            return Err(error);
        }
        let tcp = self.open_tcp(id)?;
        match tcp.state {
            State::Connected => {
                tcp.request = Request::Done;
                Ok(())
            }
            State::Connecting => Err(Errno::WouldBlock),
            _ => Err(Errno::NotConnected),
        }
    }

    /// Takes the first established connection of a listening socket.
    pub(in crate::fakes::net) fn accept(&mut self, id: SocketId) -> Result<SocketId, Errno> {
        let listening = self.open_tcp(id)?.listening_mut().ok_or(Errno::Invalid)?;
        listening.accepted.pop_front().ok_or(Errno::WouldBlock)
    }

    /// Offers an established connection to a listening socket. Returns whether it listens.
    pub(super) fn offer(&mut self, listener: SocketId, connection: SocketId) -> bool {
        let Some(listening) = self.tcp_mut(listener).and_then(Tcp::listening_mut) else { return false };
        listening.accepted.push_back(connection);
        self.touch(listener, Readiness::IN);
        true
    }

    /// Sends as much of the buffers as there is space for. Returns the number of bytes.
    pub(in crate::fakes::net) fn send(&mut self, id: SocketId, buffers: &[&[u8]]) -> Result<usize, Errno> {
        let socket = self.open_socket(id)?;
        let (capacity, error) = (socket.send_capacity, socket.error.take());
        if let Some(error) = error {
            return Err(error);
        }
        let Some(tcp) = socket.tcp_mut() else { return Err(Errno::NotSupported) };
        match tcp.state {
            State::Connecting | State::Handshake { .. } => return Err(Errno::WouldBlock),
            State::Connected if !tcp.is_send_shut => {}
            _ => return Err(Errno::BrokenPipe),
        }
        let space = capacity.saturating_sub(tcp.unacknowledged);
        let size: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        tcp.awaits_space |= size > space;
        if space == 0 && size > 0 {
            return Err(Errno::WouldBlock);
        }
        let size = size.min(space);
        tcp.unacknowledged += size;
        let is_local = self.link_of(id).is_some_and(LinkId::is_loopback);
        let max = if is_local { LOCAL_SEGMENT } else { SEGMENT };
        let mut segment = Vec::new();
        let mut rest = size;
        for buffer in buffers {
            let mut buffer = &buffer[..buffer.len().min(rest)];
            rest -= buffer.len();
            while !buffer.is_empty() {
                let (part, others) = buffer.split_at(buffer.len().min(max - segment.len()));
                segment.extend_from_slice(part);
                buffer = others;
                if segment.len() == max {
                    self.send_segment(id, Segment::Data(Bytes::from(std::mem::take(&mut segment))));
                }
            }
        }
        if !segment.is_empty() {
            self.send_segment(id, Segment::Data(Bytes::from(segment)));
        }
        Ok(size)
    }

    /// Reads into the buffers. Returns the number of bytes; 0 at the end. With `is_peek`, the bytes are kept.
    pub(in crate::fakes::net) fn receive(
        &mut self,
        id: SocketId,
        buffers: &mut [&mut [u8]],
        is_peek: bool,
    ) -> Result<usize, Errno> {
        let socket = self.open_socket(id)?;
        let capacity = socket.receive_capacity;
        let Some(tcp) = socket.tcp_mut() else { return Err(Errno::NotSupported) };
        if tcp.inbox.is_empty() {
            if matches!(tcp.state, State::Listening(_)) {
                return Err(Errno::NotConnected);
            }
            if tcp.has_fin {
                return Ok(0);
            }
            let (is_shut, is_unconnected) = (tcp.is_read_shut, matches!(tcp.state, State::Idle | State::Dead));
            return match socket.error.take() {
                Some(error) => Err(error),
                None if is_shut => Ok(0),
                None if is_unconnected => Err(Errno::NotConnected),
                None => Err(Errno::WouldBlock),
            };
        }
        let count = copy(&tcp.inbox, buffers);
        if is_peek {
            return Ok(count);
        }
        tcp.inbox.drain(..count);
        if tcp.inbox.len() <= capacity / 2
            && let Some(peer) = tcp.peer
        {
            self.reopen(peer);
        }
        Ok(count)
    }

    /// Continues the delivery of segments that waited until the receiver has read.
    fn reopen(&mut self, sender: SocketId) {
        let Some(flow) = self.flow_mut(sender) else { return };
        if std::mem::take(&mut flow.is_full) {
            match self.link_of(sender).is_some_and(LinkId::is_loopback) {
                true => self.deliver_local(sender),
                false => self.schedule_first(sender),
            }
        }
    }

    /// Ends directions of a connection.
    pub(in crate::fakes::net) fn shut_down(&mut self, id: SocketId, directions: Directions) -> Result<(), Errno> {
        let socket = self.open_socket(id)?;
        let Some(tcp) = socket.tcp_mut() else { return self.shut_down_udp(id, directions) };
        let result = match tcp.state {
            State::Connecting => self.disconnect_tcp(id),
            State::Listening(_) if directions.reading => self.disconnect_tcp(id),
            State::Listening(_) => Ok(()),
            State::Idle | State::Dead => {
                if tcp.request == Request::Begun {
                    tcp.request = Request::Abandoned;
                }
                tcp.is_read_shut |= directions.reading;
                tcp.is_send_shut |= directions.sending;
                Err(Errno::NotConnected)
            }
            State::Handshake { .. } | State::Connected => {
                if tcp.request == Request::Begun {
                    tcp.request = Request::Done;
                }
                tcp.is_read_shut |= directions.reading;
                if directions.sending && !std::mem::replace(&mut tcp.is_send_shut, true) {
                    self.send_segment(id, Segment::Fin);
                }
                Ok(())
            }
        };
        self.touch(id, Readiness::ALL);
        result
    }

    /// Ends a connection, its request or listening, so that the socket can be used again. A peer sees a reset.
    pub(in crate::fakes::net) fn disconnect_tcp(&mut self, id: SocketId) -> Result<(), Errno> {
        let tcp = self.open_tcp(id)?;
        let was_closed = matches!(tcp.state, State::Idle | State::Dead);
        let is_aborted = match tcp.state {
            State::Listening(_) => {
                self.stop_listening(id);
                false
            }
            // Both directions have ended, unless bytes still wait for the peer to read.
            State::Connected if tcp.has_fin && tcp.is_send_shut && !tcp.flow.is_full => false,
            State::Connected => {
                self.reset_peer_of(id);
                true
            }
            State::Connecting => true,
            State::Idle | State::Handshake { .. } | State::Dead => false,
        };
        self.clear_flow(id);
        *self.open_tcp(id)? = Tcp::new(State::Idle);
        if is_aborted {
            self.open_socket(id)?.error = Some(Errno::ConnectionReset);
        }
        if !was_closed {
            self.free_chosen_port(id);
        }
        self.forget_address(id);
        self.touch(id, Readiness::ALL);
        Ok(())
    }

    /// Closes a socket. A connection ends after what was sent, or is reset if there are unread bytes.
    pub(in crate::fakes::net) fn close(&mut self, id: SocketId) {
        let Some(socket) = self.socket_mut(id).filter(|socket| !socket.is_closed) else { return };
        socket.is_closed = true;
        socket.file = None;
        (socket.read_waker, socket.write_waker) = (None, None);
        let resets = socket.resets_on_close;
        let Some(tcp) = socket.tcp_mut() else { return self.remove(id) };
        match tcp.state {
            State::Listening(_) => {
                self.stop_listening(id);
                self.remove(id);
            }
            State::Idle | State::Dead | State::Connecting | State::Handshake { .. } => self.remove(id),
            State::Connected if resets || !tcp.inbox.is_empty() => {
                tcp.die();
                if tcp.flow.is_full {
                    self.clear_flow(id);
                }
                self.send_segment(id, Segment::Reset);
            }
            State::Connected => {
                if !std::mem::replace(&mut tcp.is_send_shut, true) {
                    self.send_segment(id, Segment::Fin);
                }
                self.remove_if_over(id);
            }
        }
    }

    /// Removes a closed socket after its connection has ended in both directions.
    pub(super) fn remove_if_over(&mut self, id: SocketId) {
        let Some(socket) = self.socket(id).filter(|socket| socket.is_closed) else { return };
        if socket.tcp().is_none_or(|tcp| tcp.has_fin && tcp.flow.queue.is_empty()) {
            self.remove(id);
        }
    }

    /// Ends a connection without an error once both directions have ended.
    pub(super) fn end_if_over(&mut self, id: SocketId, other: SocketId) {
        let ended = |id: SocketId| self.socket(id).and_then(Socket::tcp).is_none_or(|tcp| tcp.has_fin);
        if !ended(id) || !ended(other) {
            return;
        }
        if let Some(tcp) = self.tcp_mut(id) {
            tcp.die();
            self.free_chosen_port(id);
            self.touch(id, Readiness::ALL);
        }
    }

    /// Resets the connections that were not accepted.
    fn stop_listening(&mut self, id: SocketId) {
        let waits = |socket: &Socket| {
            socket.tcp().is_some_and(|tcp| matches!(tcp.state, State::Handshake { listener } if listener == id))
        };
        let Some(listening) = self.tcp_mut(id).and_then(Tcp::listening_mut) else { return };
        let mut waiting: Vec<_> = std::mem::take(&mut listening.accepted).into();
        let Some(host) = self.socket(id).map(|socket| socket.host) else { return };
        waiting.extend(self.sockets_of(host).filter(|(_, socket)| waits(socket)).map(|(id, _)| id));
        for id in waiting {
            self.reset_peer_of(id);
            self.remove(id);
        }
    }

    /// Sends a reset to the other end of a connection.
    pub(super) fn reset_peer_of(&mut self, id: SocketId) {
        let Some(link) = self.link_of(id) else { return };
        if let Some(to) = self.socket(id).and_then(|socket| socket.tcp()?.peer) {
            self.send_stray(link.from, link.to, Content::Reset { to });
        }
    }

    /// Resets a connection at both ends.
    pub(super) fn reset_connection(&mut self, id: SocketId) {
        let peer = self.socket(id).and_then(|socket| socket.tcp()?.peer);
        for end in [Some(id), peer].into_iter().flatten() {
            self.clear_flow(end);
            self.receive_reset(end);
        }
    }

    /// Resets all connections between two hosts, or all connections of one host with others.
    pub(in crate::fakes::net) fn reset_between(&mut self, first: usize, second: Option<usize>) {
        let connects_them = |id: SocketId| {
            let link = self.link_of(id)?;
            let is_between = match second {
                Some(second) => link == LinkId { from: first, to: second },
                None => link.from == first && !link.is_loopback(),
            };
            (is_between && self.socket(id)?.protocol() == Protocol::Tcp).then_some(id)
        };
        let sockets: Vec<_> = self.sockets_of(first).filter_map(|(id, _)| connects_them(id)).collect();
        for id in sockets {
            self.reset_connection(id);
        }
    }

    /// Handles a reset that arrives at a socket.
    pub(super) fn receive_reset(&mut self, id: SocketId) {
        let Some(tcp) = self.socket(id).and_then(Socket::tcp) else { return };
        match tcp.state {
            State::Idle | State::Listening(_) | State::Dead => {}
            State::Handshake { .. } => self.remove(id),
            State::Connecting => self.end_connection(id, Errno::ConnectionRefused),
            // The peer had already ended its direction.
            State::Connected if tcp.has_fin && !tcp.is_send_shut => self.end_connection(id, Errno::BrokenPipe),
            State::Connected => self.end_connection(id, Errno::ConnectionReset),
        }
    }

    /// Returns the address that a request to `to` is sent to: an unspecified one stands for the host itself.
    pub(super) fn destination(&self, id: SocketId, to: SocketAddr) -> Result<SocketAddr, Errno> {
        if to.is_ipv4() && self.socket(id).is_some_and(|socket| socket.is_v6_only) {
            return Err(Errno::NetworkUnreachable);
        }
        let local = self.local_address(id);
        let is_v4 = local.is_some_and(|local| local.is_ipv4());
        if !to.ip().is_unspecified() {
            return if is_v4 && to.is_ipv6() { Err(Errno::AddressFamily) } else { Ok(to) };
        }
        let ip = match local {
            Some(local) if to.is_ipv4() && is_v4 && !local.ip().is_unspecified() => local.ip(),
            _ => super::bind::loopback(to.is_ipv6() && !is_v4),
        };
        Ok(SocketAddr::new(ip, to.port()))
    }
}

/// Copies the beginning of `bytes` into the buffers. Returns the number of bytes.
fn copy(bytes: &VecDeque<u8>, buffers: &mut [&mut [u8]]) -> usize {
    let (mut first, mut second) = bytes.as_slices();
    let mut total = 0;
    for buffer in buffers {
        let mut rest = &mut **buffer;
        while !rest.is_empty() {
            if first.is_empty() {
                (first, second) = (second, &[]);
            }
            if first.is_empty() {
                return total;
            }
            let count = rest.len().min(first.len());
            rest[..count].copy_from_slice(&first[..count]);
            (first, rest) = (&first[count..], &mut rest[count..]);
            total += count;
        }
    }
    total
}
