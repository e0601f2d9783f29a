//! The retry policy with random pauses and an exponentially growing limit.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use di_macros::component;

use super::RetryPolicy;
use crate::ambient::Entropy;

/// Exponential backoff with full jitter, a [`RetryPolicy`]. The pause after an attempt is random, from zero to a limit
/// that doubles with each attempt. Callers that failed together therefore do not retry together.
///
/// As a component it makes 4 attempts, with pauses of up to 100, 200 and 400 ms. For other values, wrap one in a policy
/// of your own; see [`Retry`](super::Retry).
///
/// Source: "full jitter" of Brooker 2015, "Exponential Backoff And Jitter", AWS Architecture Blog.
#[derive(Clone)]
pub struct Backoff {
    entropy: Arc<dyn Entropy>,
    attempts: u32,
    first: Duration,
    longest: Duration,
}

#[component]
impl Backoff {
    /// Creates a policy of 4 attempts. The first pause is 100 ms at most, and none is longer than 10 s.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Backoff { entropy, attempts: 4, first: Duration::from_millis(100), longest: Duration::from_secs(10) }
    }

    /// Sets the number of attempts, including the first.
    pub fn with_attempts(self, attempts: u32) -> Self {
        Backoff { attempts, ..self }
    }

    /// Sets the limit of the first pause.
    pub fn with_first(self, first: Duration) -> Self {
        Backoff { first, ..self }
    }

    /// Sets the limit of all pauses.
    pub fn with_longest(self, longest: Duration) -> Self {
        Backoff { longest, ..self }
    }
}

impl RetryPolicy for Backoff {
    fn attempts(&self) -> u32 {
        self.attempts
    }

    fn pause(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let longest = self.first.saturating_mul(1 << doublings).min(self.longest);
        let nanoseconds = u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX - 1);
        Duration::from_nanos(self.entropy.in_range(0..nanoseconds.saturating_add(1)))
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backoff")
            .field("attempts", &self.attempts)
            .field("first", &self.first)
            .field("longest", &self.longest)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the largest number.
    struct Last;

    impl Entropy for Last {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(u8::MAX);
        }
    }

    #[test]
    fn pauses_double_up_to_the_limit() {
        let backoff = Backoff::new(Arc::new(Last)).with_longest(Duration::from_millis(500));
        let pauses: Vec<_> = (1..=5).map(|attempt| backoff.pause(attempt).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 500, 500]);
        assert_eq!(backoff.pause(u32::MAX), Duration::from_millis(500));
    }

    #[test]
    fn a_pause_may_be_as_long_as_any_duration() {
        let backoff = Backoff::new(Arc::new(Last)).with_first(Duration::MAX).with_longest(Duration::MAX);
        assert!(backoff.pause(1) > Duration::from_secs(1 << 33));
    }
}
