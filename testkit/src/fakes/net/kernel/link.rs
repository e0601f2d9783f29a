//! Rules of links, and the retransmission timeouts of TCP.

use std::time::Duration;

/// A link between two hosts in one direction, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::fakes::net) struct LinkId {
    pub(in crate::fakes::net) from: usize,
    pub(in crate::fakes::net) to: usize,
}

impl LinkId {
    /// Returns the same link in the other direction.
    pub(in crate::fakes::net) fn reverse(self) -> Self {
        LinkId { from: self.to, to: self.from }
    }

    /// Returns whether the link leads from a host to itself, where the rules of the network do not apply.
    pub(super) fn is_loopback(self) -> bool {
        self.from == self.to
    }
}

/// Rules of a link in one direction.
#[derive(Clone, Debug, Default)]
pub(in crate::fakes::net) struct LinkRules {
    pub(in crate::fakes::net) min_latency: Duration,
    /// Maximum latency that the schedule may choose.
    pub(in crate::fakes::net) max_latency: Duration,
    /// Maximum rate, in bytes per second.
    pub(in crate::fakes::net) bandwidth: Option<u64>,
    pub(in crate::fakes::net) may_lose: bool,
    /// Whether the schedule may duplicate datagrams.
    pub(in crate::fakes::net) may_duplicate: bool,
    pub(in crate::fakes::net) may_reset: bool,
    /// Duration of each cut, if the schedule may cut the link.
    pub(in crate::fakes::net) may_cut: Option<Duration>,
    /// Whether the link is cut.
    pub(in crate::fakes::net) is_cut: bool,
}

/// Virtual time until the first retransmission of an unacknowledged segment: Linux's minimum.
const INITIAL_RETRANSMISSION_TIMEOUT: Duration = Duration::from_millis(200);

/// Virtual time until the first retransmission of a connection request.
const INITIAL_SYN_RETRANSMISSION_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum time between retransmissions, as on Linux.
const MAX_RETRANSMISSION_TIMEOUT: Duration = Duration::from_secs(120);

/// Number of retransmissions before a connection times out, after 924.6 s: Linux's `tcp_retries2`.
pub(super) const MAX_RETRANSMISSIONS: u32 = 15;

/// Number of retransmissions of a handshake's last packet before the connection is given up: Linux's
/// `tcp_synack_retries`.
pub(super) const MAX_HANDSHAKE_RETRANSMISSIONS: u32 = 5;

/// Virtual time after which a connection request without an answer times out, with Linux's `tcp_syn_retries` of 6.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(127);

/// Returns the time from the loss of a segment to its next retransmission, or to the end of the connection. It doubles
/// with each retransmission (RFC 6298).
pub(super) fn retransmission_timeout(retransmissions: u32) -> Duration {
    timeout_after(INITIAL_RETRANSMISSION_TIMEOUT, retransmissions)
}

/// The same, for a segment of a handshake.
pub(super) fn handshake_timeout(retransmissions: u32) -> Duration {
    timeout_after(INITIAL_SYN_RETRANSMISSION_TIMEOUT, retransmissions)
}

fn timeout_after(first: Duration, retransmissions: u32) -> Duration {
    first.saturating_mul(1 << retransmissions.min(20)).min(MAX_RETRANSMISSION_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_time_out_when_linux_gives_up() {
        let time: Duration = (0..=MAX_RETRANSMISSIONS).map(retransmission_timeout).sum();
        assert_eq!(time, Duration::from_millis(924_600));
        assert_eq!((0..=6).map(handshake_timeout).sum::<Duration>(), CONNECT_TIMEOUT);
    }
}
