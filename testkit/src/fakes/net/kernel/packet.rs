//! Segments of TCP, datagrams of UDP, and their way from one socket to another.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use tokio::time::Instant;

use super::socket::SocketId;

/// A segment of a TCP connection. The segments of one direction stay in order.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    /// Requests a connection.
    Syn,
    /// Accepts a connection request.
    SynAck,
    /// Completes a handshake.
    Ack,
    Data(Bytes),
    /// Ends the direction.
    Fin,
    /// Resets the connection. Never sent again if it is lost.
    Reset,
}

impl Segment {
    /// Number of bytes of data.
    pub(super) fn size(&self) -> usize {
        match self {
            Segment::Data(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Segment::Syn => f.write_str("SYN"),
            Segment::SynAck => f.write_str("SYN-ACK"),
            Segment::Ack => f.write_str("ACK"),
            Segment::Data(bytes) => f.write_str(&size_text(bytes.len())),
            Segment::Fin => f.write_str("FIN"),
            Segment::Reset => f.write_str("RST"),
        }
    }
}

/// A segment that was sent and has not been delivered.
pub(super) struct InFlight {
    pub(super) number: u64,
    pub(super) segment: Segment,
    pub(super) arrives: Instant,
    /// Number of times the segment was lost.
    pub(super) lost: u32,
    /// Number of times a packet that arrived later was delivered first.
    pub(super) overtaken: u32,
}

impl InFlight {
    pub(super) fn is_syn(&self) -> bool {
        matches!(self.segment, Segment::Syn)
    }
}

/// A packet that belongs to no direction of a connection.
pub(super) struct Stray {
    pub(super) from_host: usize,
    pub(super) to_host: usize,
    pub(super) content: Content,
    pub(super) overtaken: u32,
}

/// Content of a packet that belongs to no direction of a connection.
#[derive(Clone)]
pub(super) enum Content {
    Datagram(Datagram),
    /// Answer to a segment of a connection that its receiver does not know.
    Reset {
        to: SocketId,
    },
    /// Answer to a datagram for a port without a socket.
    PortUnreachable {
        to: SocketId,
    },
}

impl Content {
    /// Number of bytes of data.
    pub(super) fn size(&self) -> usize {
        match self {
            Content::Datagram(datagram) => datagram.bytes.len(),
            Content::Reset { .. } | Content::PortUnreachable { .. } => 0,
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Datagram(datagram) => write!(f, "datagram of {}", size_text(datagram.bytes.len())),
            Content::Reset { .. } => f.write_str("RST"),
            Content::PortUnreachable { .. } => f.write_str("port unreachable"),
        }
    }
}

/// A UDP datagram.
#[derive(Clone)]
pub(in crate::fakes::net) struct Datagram {
    pub(in crate::fakes::net) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(in crate::fakes::net) bytes: Bytes,
    /// The sending socket, which learns of an unreachable port.
    pub(super) sender: SocketId,
}

/// An arrival of a packet. Ordered by time, then by packet number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    pub(super) number: u64,
    pub(super) carrier: Carrier,
}

/// The place where an arriving packet is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Carrier {
    /// First segment of the flow that this socket sends.
    Flow(SocketId),
    Stray,
}

fn size_text(bytes: usize) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}
