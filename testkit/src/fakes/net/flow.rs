//! Packets on the way from one socket to another.

use std::collections::VecDeque;

use tokio::time::Instant;
use turmoil_net::{Packet, TcpFlags, TcpSegment, Transport};

/// Maximum number of unread bytes at a socket; further data waits. turmoil-net's own windows would not reopen if an
/// application reads in small pieces.
const RECEIVE_WINDOW: usize = 64 * 1024;

/// Packets on the way from one socket to another, in order.
pub(super) struct Flow {
    pub(super) queue: VecDeque<InFlight>,
    /// Number of bytes delivered but not read.
    pub(super) unread: usize,
    /// Whether delivery waits for the receiver to read.
    pub(super) is_full: bool,
    /// Whether the receiving socket was closed.
    pub(super) is_closed: bool,
    /// Whether the handshake packets of this direction have arrived.
    pub(super) is_open: bool,
}

/// A packet that was sent and has not been delivered.
pub(super) struct InFlight {
    pub(super) number: u64,
    pub(super) packet: Packet,
    pub(super) arrives: Instant,
    /// Number of times the packet was lost.
    pub(super) lost: u32,
    /// Number of times a packet that arrived later was delivered first.
    pub(super) overtaken: u32,
}

impl InFlight {
    pub(super) fn flags(&self) -> TcpFlags {
        self.segment().map(|segment| segment.flags).unwrap_or_default()
    }

    pub(super) fn segment(&self) -> Option<&TcpSegment> {
        match &self.packet.payload {
            Transport::Tcp(segment) => Some(segment),
            Transport::Udp(_) => None,
        }
    }

    /// Returns whether it requests a connection.
    pub(super) fn is_syn(&self) -> bool {
        let flags = self.flags();
        flags.syn && !flags.ack
    }

    /// Returns whether the packet is not acknowledged, because it has no SYN, FIN or data. If it is lost, a
    /// retransmission of the other side triggers it again.
    pub(super) fn expects_no_ack(&self) -> bool {
        let flags = self.flags();
        !flags.syn && !flags.fin && self.segment().is_none_or(|segment| segment.payload.is_empty())
    }
}

impl Flow {
    pub(super) fn new() -> Self {
        Flow { queue: VecDeque::new(), unread: 0, is_full: false, is_closed: false, is_open: false }
    }

    /// Returns whether `size` more bytes can be delivered.
    pub(super) fn has_room(&self, size: usize) -> bool {
        size == 0 || self.is_closed || self.unread + size <= RECEIVE_WINDOW
    }

    /// Records that `count` bytes were read. Returns whether a waiting delivery can continue.
    pub(super) fn record_read(&mut self, count: usize) -> bool {
        self.unread = self.unread.saturating_sub(count);
        self.unread <= RECEIVE_WINDOW / 2 && std::mem::take(&mut self.is_full)
    }

    /// Records that the receiver was closed. Returns whether a waiting delivery can continue.
    pub(super) fn close(&mut self) -> bool {
        self.is_closed = true;
        std::mem::take(&mut self.is_full)
    }

    /// Drops and returns a lost first packet that is not acknowledged, if a later packet carries the same
    /// acknowledgement.
    pub(super) fn drop_superseded(&mut self) -> Option<InFlight> {
        let first = self.queue.front()?;
        let is_superseded = self.is_open && self.queue.len() > 1 && first.lost > 0 && first.expects_no_ack();
        is_superseded.then(|| self.queue.pop_front()).flatten()
    }
}
