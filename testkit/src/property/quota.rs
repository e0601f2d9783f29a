//! Number of inputs and schedules, and how the time is divided between inputs.

use std::env;
use std::time::{Duration, Instant};

use proptest::test_runner::Config;

use crate::explorer::Explorer;

/// Default number of inputs.
const DEFAULT_INPUTS: usize = 64;

/// Default number of schedules per input.
const DEFAULT_SCHEDULES: usize = 25;

/// Number of equal shares of the remaining time that one input may use. Otherwise, a busy machine would cut off the
/// schedules of the first inputs while the last ones have time to spare.
const MAX_SHARES: f64 = 4.0;

/// Number of inputs and schedules of a test, and the time for them.
pub(super) struct Quota {
    /// Number of inputs; `usize::MAX` for as many as fit into the time.
    pub(super) inputs: usize,
    /// Number of schedules per input.
    pub(super) schedules: usize,
    deadline: Option<Instant>,
}

impl Quota {
    /// Derives the quota from the settings of a test.
    ///
    /// # Panics
    /// Panics if the number of inputs is 0. A test that runs nothing would pass.
    pub(super) fn new(explorer: &Explorer, config: Option<&Config>) -> Self {
        // The environment takes precedence over the configuration.
        let cases = match env::var_os("PROPTEST_CASES") {
            Some(_) => Some(Config::default().cases),
            None => config.map(|config| config.cases),
        };
        assert_ne!(cases, Some(0), "`cases` must not be 0: a test with inputs needs at least one");
        // Without a limit, the schedules of the first input would use up the time. The number of inputs is unlimited
        // instead.
        let is_unlimited = explorer.has_explicit_schedules && explorer.schedules == usize::MAX;
        let has_schedules = explorer.has_explicit_schedules && !is_unlimited;
        let is_exhaustive = explorer.exhaustive.is_some();
        let time = explorer.time.filter(|_| explorer.has_explicit_time || cases.is_none() && !is_exhaustive);
        Quota {
            inputs: if is_unlimited { usize::MAX } else { cases.map_or(DEFAULT_INPUTS, |cases| cases as usize) },
            schedules: match (has_schedules, is_exhaustive) {
                (true, _) => explorer.schedules,
                (false, true) => usize::MAX,
                (false, false) => DEFAULT_SCHEDULES,
            },
            deadline: time.map(|time| Instant::now() + time),
        }
    }

    /// Returns whether the time is up.
    pub(super) fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Returns the time for the next of `inputs_left` inputs, or `None` if it is not limited.
    pub(super) fn share(&self, inputs_left: usize) -> Option<Duration> {
        let time = self.deadline?.saturating_duration_since(Instant::now());
        let fraction = if self.inputs == usize::MAX { 1.0 } else { MAX_SHARES / inputs_left as f64 };
        Some(time.mul_f64(fraction.min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of inputs, the number of schedules per input, and whether the time is limited.
    fn quota(explorer: Explorer, config: Option<Config>) -> (usize, usize, bool) {
        let quota = Quota::new(&explorer, config.as_ref());
        (quota.inputs, quota.schedules, quota.deadline.is_some())
    }

    #[test]
    fn explicit_numbers_are_not_limited_by_the_default_time() {
        let second = Duration::from_secs(1);
        assert_eq!(quota(Explorer::new(), None), (64, 25, true));
        assert_eq!(quota(Explorer::new().schedules(7), None), (64, 7, false));
        assert_eq!(quota(Explorer::new().schedules(7).time(second), None), (64, 7, true));
        assert_eq!(quota(Explorer::new(), Some(Config::with_cases(3))), (3, 25, false));
        assert_eq!(quota(Explorer::new().exhaustive(1), None), (64, usize::MAX, false));
        assert_eq!(quota(Explorer::new().time(second), Some(Config::with_cases(3))), (3, 25, true));
        assert_eq!(quota(Explorer::new().time(second).schedules(usize::MAX), None), (usize::MAX, 25, true));
    }

    #[test]
    fn the_time_is_divided_between_the_inputs() {
        let quota = Quota::new(&Explorer::new().time(Duration::from_secs(100)), None);
        let share = |left| quota.share(left).unwrap().as_secs();
        assert!((39..=40).contains(&share(10)) && (99..=100).contains(&share(2)), "{} {}", share(10), share(2));
        assert_eq!(Quota::new(&Explorer::new().schedules(1), None).share(10), None);
    }
}
