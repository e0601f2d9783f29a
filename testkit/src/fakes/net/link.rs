use std::time::Duration;

/// What a link between two hosts does with what goes over it, in one direction.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkRules {
    pub(super) least: Duration,
    /// A packet takes as long as this, if the schedule says so.
    pub(super) most: Duration,
    /// Bytes a second.
    pub(super) bandwidth: Option<u64>,
    pub(super) may_lose: bool,
    pub(super) may_reset: bool,
    /// For how long the schedule may cut it.
    pub(super) may_cut: Option<Duration>,
    /// Nothing goes over it.
    pub(super) is_cut: bool,
}

/// Virtual time until an unanswered segment is sent again for the first time: Linux's least.
const FIRST: Duration = Duration::from_millis(200);

/// And for a request for a connection.
const FIRST_OF_REQUEST: Duration = Duration::from_secs(1);

/// The most, however often it was sent: Linux's.
const MOST: Duration = Duration::from_secs(120);

/// How often a segment is sent again before the connection is given up, after 924.6 s: Linux's `tcp_retries2`.
const TRIES: u32 = 15;

/// And a request for a connection, after 127 s: Linux's `tcp_syn_retries`.
const TRIES_OF_REQUEST: u32 = 6;

/// How long it takes until what was sent again so often, and was lost all the same, is sent again or given up. It doubles each
/// time (RFC 6298).
pub(super) fn next_try(sent_again: u32, is_request: bool) -> Duration {
    let first = if is_request { FIRST_OF_REQUEST } else { FIRST };
    first.saturating_mul(1 << sent_again.min(20)).min(MOST)
}

/// Whether what was lost so often is given up, and not sent again.
pub(super) fn is_given_up(lost: u32, is_request: bool) -> bool {
    lost > if is_request { TRIES_OF_REQUEST } else { TRIES }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given_up_after(is_request: bool) -> Duration {
        let lost = (0..).take_while(|&lost| !is_given_up(lost, is_request));
        lost.map(|lost| next_try(lost, is_request)).sum()
    }

    #[test]
    fn it_is_given_up_when_linux_does() {
        assert_eq!(given_up_after(true), Duration::from_secs(127));
        assert_eq!(given_up_after(false), Duration::from_millis(924_600));
    }
}
