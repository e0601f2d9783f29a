//! What goes from one socket to another.

use std::collections::VecDeque;

use tokio::time::Instant;
use turmoil_net::{Packet, TcpFlags, TcpSegment, Transport};

/// Most bytes that have arrived at a socket and are not read: what comes behind waits. turmoil-net's own windows would not
/// open again where an application reads a little at a time.
const WINDOW: usize = 64 * 1024;

/// What goes from one socket to another, in its order.
pub(super) struct Flow {
    pub(super) queue: VecDeque<InFlight>,
    /// How many bytes have arrived, and are not read.
    pub(super) unread: usize,
    /// Whether it waits until some are.
    pub(super) is_full: bool,
    /// Whether nobody reads it any more.
    pub(super) is_closed: bool,
    /// Whether what is needed to open the connection has arrived.
    pub(super) is_open: bool,
}

pub(super) struct InFlight {
    pub(super) number: u64,
    pub(super) packet: Packet,
    pub(super) arrives: Instant,
    /// How often it was lost.
    pub(super) lost: u32,
    /// How often others were delivered before it, that had arrived behind it.
    pub(super) passed: u32,
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

    /// Whether it asks for a connection.
    pub(super) fn is_request(&self) -> bool {
        let flags = self.flags();
        flags.syn && !flags.ack
    }

    /// Whether nobody waits for an answer to it: it comes with whatever the other side sends again.
    pub(super) fn only_confirms(&self) -> bool {
        let flags = self.flags();
        !flags.syn && !flags.fin && self.segment().is_none_or(|segment| segment.payload.is_empty())
    }
}

impl Flow {
    pub(super) fn new() -> Self {
        Flow { queue: VecDeque::new(), unread: 0, is_full: false, is_closed: false, is_open: false }
    }

    /// Whether so many bytes more can be handed over.
    pub(super) fn has_room(&self, size: usize) -> bool {
        size == 0 || self.is_closed || self.unread + size <= WINDOW
    }

    /// So many bytes were read. Tells whether what has waited for that goes on.
    pub(super) fn has_read(&mut self, count: usize) -> bool {
        self.unread = self.unread.saturating_sub(count);
        self.unread <= WINDOW / 2 && std::mem::take(&mut self.is_full)
    }

    /// Nobody reads any more. Tells whether what has waited for that goes on.
    pub(super) fn close(&mut self) -> bool {
        self.is_closed = true;
        std::mem::take(&mut self.is_full)
    }

    /// Drops a lost confirmation, if what comes behind it confirms the same, and returns it.
    pub(super) fn drop_superseded(&mut self) -> Option<InFlight> {
        let first = self.queue.front()?;
        let is_superseded = self.is_open && self.queue.len() > 1 && first.lost > 0 && first.only_confirms();
        is_superseded.then(|| self.queue.pop_front()).flatten()
    }
}
