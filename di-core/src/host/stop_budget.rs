//! Division of the time for the whole stop among the hooks.

use std::time::Duration;

use tokio::time::Instant;

use super::hook_task::Limit;

/// The time for the whole stop.
#[derive(Clone, Copy)]
pub(super) struct StopBudget(Option<Deadline>);

#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    whole: Duration,
}

impl StopBudget {
    /// Begins the stop. `whole` is its time; `None` for no deadline.
    pub(super) fn begin(whole: Option<Duration>) -> Self {
        // A time beyond the range of the clock counts as no limit.
        let deadline = whole.and_then(|whole| Some(Deadline { at: Instant::now().checked_add(whole)?, whole }));
        StopBudget(deadline)
    }

    /// Returns the limit of a hook with the timeout `own`, or `None` if no time is left. `after` is the sum of the
    /// timeouts on the longest chain of hooks that is called after it.
    ///
    /// If the chain does not fit into the remaining time, all its timeouts are shortened by the same factor.
    pub(super) fn limit(self, own: Duration, after: Duration) -> Option<Limit> {
        let Some(Deadline { at, whole }) = self.0 else { return Some(Limit { time: own, whole: None }) };
        let remaining = at.saturating_duration_since(Instant::now());
        let needed = own.saturating_add(after);
        if remaining.is_zero() {
            return None;
        }
        if needed <= remaining {
            return Some(Limit { time: own, whole: None });
        }
        let share = remaining.mul_f64(own.as_secs_f64() / needed.as_secs_f64());
        Some(Limit { time: share, whole: Some(whole) })
    }

    /// Returns the remaining time, at most `time`.
    pub(super) fn at_most(self, time: Duration) -> Duration {
        self.0.map_or(time, |deadline| time.min(deadline.at.saturating_duration_since(Instant::now())))
    }

    /// Returns the time for the whole stop; zero without a deadline.
    pub(super) fn whole(self) -> Duration {
        self.0.map_or(Duration::ZERO, |deadline| deadline.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[tokio::test(start_paused = true)]
    async fn a_chain_that_does_not_fit_is_shortened_by_one_factor() {
        let budget = StopBudget::begin(Some(secs(30)));
        let shared = |time| Some(Limit { time, whole: Some(secs(30)) });
        assert_eq!(budget.limit(secs(15), secs(45)), shared(secs(30) / 4));
        assert_eq!(budget.limit(secs(20), secs(40)), shared(secs(10)));
        // A hook that needs less leaves more for those after it.
        tokio::time::advance(secs(2)).await;
        assert_eq!(budget.limit(secs(15), secs(13)), Some(Limit { time: secs(15), whole: None }));
        tokio::time::advance(secs(28)).await;
        assert_eq!(budget.limit(secs(15), secs(0)), None);
        assert_eq!(budget.at_most(secs(1)), secs(0));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_deadline_each_hook_has_its_own_timeout() {
        let budget = StopBudget::begin(None);
        assert_eq!(budget.limit(secs(15), Duration::MAX), Some(Limit { time: secs(15), whole: None }));
        assert_eq!(budget.at_most(secs(7)), secs(7));
    }
}
