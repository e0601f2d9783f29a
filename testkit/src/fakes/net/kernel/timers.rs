//! Timers of connections: acknowledgements, retransmissions, and limits.

use std::time::Duration;

use tokio::time::Instant;

use super::link::{CONNECT_TIMEOUT, MAX_RETRANSMISSIONS, retransmission_timeout};
use super::socket::{SocketId, State};
use super::{Errno, Kernel, Readiness};

/// An action at a later time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Timer {
    /// The acknowledgement of as many bytes arrives at the sender.
    Acknowledgement { sender: SocketId, bytes: usize },
    /// A sender has had no acknowledgement, and sends again.
    Retransmission { sender: SocketId },
    /// A connection request has had no answer.
    ConnectTimeout { socket: SocketId },
}

impl Kernel {
    pub(super) fn set_timer(&mut self, at: Instant, timer: Timer) {
        let number = self.timer_count;
        self.timer_count += 1;
        self.timers.insert((at, number), timer);
        self.wake_network();
    }

    /// Fires the timers that are due.
    pub(super) fn fire_timers(&mut self, now: Instant) {
        while let Some(entry) = self.timers.first_entry().filter(|entry| entry.key().0 <= now) {
            match entry.remove() {
                Timer::Acknowledgement { sender, bytes } => self.acknowledge(sender, bytes),
                Timer::Retransmission { sender } => self.retransmit(sender, now),
                Timer::ConnectTimeout { socket } => {
                    let is_connecting = |tcp: &super::socket::Tcp| matches!(tcp.state, State::Connecting);
                    if self.socket(socket).and_then(|socket| socket.tcp()).is_some_and(is_connecting) {
                        self.end_connection(socket, Errno::TimedOut);
                    }
                }
            }
        }
    }

    pub(super) fn set_connect_timeout(&mut self, socket: SocketId) {
        self.set_timer(Instant::now() + CONNECT_TIMEOUT, Timer::ConnectTimeout { socket });
    }

    /// Acknowledges bytes that have arrived at the peer of `sender`.
    pub(super) fn confirm(&mut self, sender: SocketId, bytes: usize) {
        let Some(link) = self.link_of(sender) else { return };
        let back = link.reverse();
        if self.is_cut(back) {
            let Some(flow) = self.flow_mut(sender) else { return };
            flow.unconfirmed += bytes;
            if flow.retries == 0 {
                flow.retries = 1;
                self.set_timer(Instant::now() + retransmission_timeout(0), Timer::Retransmission { sender });
            }
            return;
        }
        let latency = if link.is_loopback() { Duration::ZERO } else { self.rules(back).min_latency };
        if latency.is_zero() {
            self.acknowledge(sender, bytes);
        } else {
            self.set_timer(Instant::now() + latency, Timer::Acknowledgement { sender, bytes });
        }
    }

    fn acknowledge(&mut self, sender: SocketId, bytes: usize) {
        let Some(tcp) = self.tcp_mut(sender) else { return };
        tcp.unacknowledged = tcp.unacknowledged.saturating_sub(bytes);
        self.announce_space(sender);
    }

    /// Sends a segment again. It had arrived, but its acknowledgement was lost.
    fn retransmit(&mut self, sender: SocketId, now: Instant) {
        let Some(link) = self.link_of(sender) else { return };
        let is_cut = self.is_cut(link) || self.is_cut(link.reverse());
        let Some(flow) = self.flow_mut(sender) else { return };
        if !is_cut {
            flow.retries = 0;
            let bytes = std::mem::take(&mut flow.unconfirmed);
            return self.confirm(sender, bytes);
        }
        if flow.retries > MAX_RETRANSMISSIONS {
            return self.end_connection(sender, Errno::TimedOut);
        }
        let timeout = retransmission_timeout(flow.retries);
        flow.retries += 1;
        self.set_timer(now + timeout, Timer::Retransmission { sender });
    }

    /// Ends a connection on one side, with an error for its application. The other side does not learn of it.
    pub(super) fn end_connection(&mut self, id: SocketId, error: Errno) {
        self.clear_flow(id);
        let Some(socket) = self.socket_mut(id) else { return };
        let is_closed = socket.is_closed;
        socket.error = Some(error);
        let Some(tcp) = socket.tcp_mut() else { return };
        tcp.die();
        if is_closed {
            return self.remove(id);
        }
        self.free_chosen_port(id);
        self.touch(id, Readiness::ALL);
    }
}
