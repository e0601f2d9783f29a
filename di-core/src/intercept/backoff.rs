use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use di_macros::component;

use super::RetryPolicy;
use crate::ambient::Entropy;

/// Exponential backoff with full jitter, a [`RetryPolicy`]: the pause after an attempt is anything from none to a
/// longest one, which doubles with each attempt, so that those who failed together do not return together.
///
/// As a component it makes 4 attempts, with pauses of up to 100, 200 and 400 ms. A policy of your own may have one with
/// other values; see [`Retry`](super::Retry).
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
    /// 4 attempts; the pause after the first is 100 ms at most, and none is longer than 10 s.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Backoff { entropy, attempts: 4, first: Duration::from_millis(100), longest: Duration::from_secs(10) }
    }

    /// So many attempts, the first included.
    pub fn with_attempts(self, attempts: u32) -> Self {
        Backoff { attempts, ..self }
    }

    /// The longest pause after the first attempt.
    pub fn with_first(self, first: Duration) -> Self {
        Backoff { first, ..self }
    }

    /// What no pause is longer than.
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

    /// Always the largest number.
    struct Last;

    impl Entropy for Last {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(u8::MAX);
        }
    }

    #[test]
    fn pauses_double_until_they_are_the_longest() {
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
