use std::env;
use std::time::{Duration, Instant};

use proptest::test_runner::Config;

use crate::explorer::Explorer;

/// How many inputs there are, unless somebody says so.
const INPUTS: usize = 64;

/// Under how many schedules each is run, unless somebody says so.
const SCHEDULES: usize = 25;

/// How many times its even part of the time an input may take: a busy machine is not to cut off the schedules of the first
/// ones, while the last have time to spare.
const OVERDRAFT: f64 = 4.0;

/// How inputs and schedules are divided up.
pub(super) struct Quota {
    /// How many inputs there are; `usize::MAX`, if as many as time allows.
    pub(super) inputs: usize,
    /// Under how many schedules each is run.
    pub(super) schedules: usize,
    deadline: Option<Instant>,
}

impl Quota {
    /// # Panics
    /// If there is to be no input at all: a test that runs nothing would seem to pass.
    pub(super) fn new(explorer: &Explorer, config: Option<&Config>) -> Self {
        // What is set in the environment goes before any configuration.
        let cases = match env::var_os("PROPTEST_CASES") {
            Some(_) => Some(Config::default().cases),
            None => config.map(|config| config.cases),
        };
        assert_ne!(cases, Some(0), "the test is run with at least one input, and `cases` of its configuration is 0");
        // As many schedules as time allows would leave none of it to the second input.
        let is_endless = explorer.has_schedules && explorer.schedules == usize::MAX;
        let has_schedules = explorer.has_schedules && !is_endless;
        let is_all = explorer.exhaustive.is_some();
        let time = explorer.time.filter(|_| explorer.has_time || cases.is_none() && !is_all);
        Quota {
            inputs: if is_endless { usize::MAX } else { cases.map_or(INPUTS, |cases| cases as usize) },
            schedules: match (has_schedules, is_all) {
                (true, _) => explorer.schedules,
                (false, true) => usize::MAX,
                (false, false) => SCHEDULES,
            },
            deadline: time.map(|time| Instant::now() + time),
        }
    }

    /// Whether time is up.
    pub(super) fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// How much time an input may take that is one of so many that are left.
    pub(super) fn share(&self, left: usize) -> Option<Duration> {
        let time = self.deadline?.saturating_duration_since(Instant::now());
        let part = if self.inputs == usize::MAX { 1.0 } else { OVERDRAFT / left as f64 };
        Some(time.mul_f64(part.min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inputs, schedules of each, and whether they have a limited time.
    fn divided(explorer: Explorer, config: Option<Config>) -> (usize, usize, bool) {
        let quota = Quota::new(&explorer, config.as_ref());
        (quota.inputs, quota.schedules, quota.deadline.is_some())
    }

    #[test]
    fn what_is_asked_for_is_done_in_full() {
        let of = Explorer::new;
        let second = Duration::from_secs(1);
        assert_eq!(divided(of(), None), (64, 25, true));
        assert_eq!(divided(of().schedules(7), None), (64, 7, false));
        assert_eq!(divided(of().schedules(7).time(second), None), (64, 7, true));
        assert_eq!(divided(of(), Some(Config::with_cases(3))), (3, 25, false));
        assert_eq!(divided(of().exhaustive(1), None), (64, usize::MAX, false));
        assert_eq!(divided(of().time(second), Some(Config::with_cases(3))), (3, 25, true));
        assert_eq!(divided(of().time(second).schedules(usize::MAX), None), (usize::MAX, 25, true));
    }

    #[test]
    fn time_is_divided_up() {
        let quota = Quota::new(&Explorer::new().time(Duration::from_secs(100)), None);
        let share = |left| quota.share(left).unwrap().as_secs();
        assert!((39..=40).contains(&share(10)) && (99..=100).contains(&share(2)), "{} {}", share(10), share(2));
        assert_eq!(Quota::new(&Explorer::new().schedules(1), None).share(10), None);
    }
}
