//! Rules of links, and the retransmission timeouts of TCP.

use std::time::Duration;

/// A link between two hosts in one direction, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinkId {
    pub(super) from: usize,
    pub(super) to: usize,
}

impl LinkId {
    /// Returns the same link in the other direction.
    pub(super) fn reverse(self) -> Self {
        LinkId { from: self.to, to: self.from }
    }
}

/// Rules of a link in one direction.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkRules {
    pub(super) min_latency: Duration,
    /// Maximum latency that the schedule may choose.
    pub(super) max_latency: Duration,
    /// Maximum rate, in bytes per second.
    pub(super) bandwidth: Option<u64>,
    pub(super) may_lose: bool,
    pub(super) may_reset: bool,
    /// Duration of each cut, if the schedule may cut the link.
    pub(super) may_cut: Option<Duration>,
    /// Whether the link is cut.
    pub(super) is_cut: bool,
}

/// Virtual time until the first retransmission of an unacknowledged segment: Linux's minimum.
const INITIAL_RETRANSMISSION_TIMEOUT: Duration = Duration::from_millis(200);

/// Virtual time until the first retransmission of a connection request.
const INITIAL_SYN_RETRANSMISSION_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum time between retransmissions, as on Linux.
const MAX_RETRANSMISSION_TIMEOUT: Duration = Duration::from_secs(120);

/// Number of retransmissions before a connection times out, after 924.6 s: Linux's `tcp_retries2`.
const MAX_RETRANSMISSIONS: u32 = 15;

/// Number of retransmissions before a connection request times out, after 127 s: Linux's `tcp_syn_retries`.
const MAX_SYN_RETRANSMISSIONS: u32 = 6;

/// Returns the time from the loss of a segment to its next retransmission, or to the end of the connection. It doubles
/// with each retransmission (RFC 6298).
pub(super) fn retransmission_timeout(retransmissions: u32, is_syn: bool) -> Duration {
    let first = if is_syn { INITIAL_SYN_RETRANSMISSION_TIMEOUT } else { INITIAL_RETRANSMISSION_TIMEOUT };
    first.saturating_mul(1 << retransmissions.min(20)).min(MAX_RETRANSMISSION_TIMEOUT)
}

/// Returns whether a segment that was lost this many times is not sent again, so the connection times out.
pub(super) fn has_timed_out(lost: u32, is_syn: bool) -> bool {
    lost > if is_syn { MAX_SYN_RETRANSMISSIONS } else { MAX_RETRANSMISSIONS }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time_to_timeout(is_syn: bool) -> Duration {
        let lost = (0..).take_while(|&lost| !has_timed_out(lost, is_syn));
        lost.map(|lost| retransmission_timeout(lost, is_syn)).sum()
    }

    #[test]
    fn connections_time_out_when_linux_gives_up() {
        assert_eq!(time_to_timeout(true), Duration::from_secs(127));
        assert_eq!(time_to_timeout(false), Duration::from_millis(924_600));
    }
}
