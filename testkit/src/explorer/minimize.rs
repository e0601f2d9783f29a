//! Searches for the smallest schedule that fails in the same way.

use std::time::{Duration, Instant};

use super::interrupt::is_interrupted;
use super::late_wakes::LivenessCheck;
use super::schedule_runner::ScheduleRunner;
use super::schedules::Schedules;
use crate::executor::Observe;
use crate::failure::{FailureKind, FailureSignature};
use crate::schedule::{Schedule, shrink};
use crate::scheduler::{Alternatives, ChoiceSource, Exhaustive};

/// Real time for which choices are removed.
const SHRINK_TIME: Duration = Duration::from_secs(5);

/// Real time for which choices are removed after Ctrl-C.
const SHRINK_TIME_AFTER_INTERRUPT: Duration = Duration::from_secs(1);

/// Real time for which schedules with fewer choices are searched.
const SEARCH_TIME: Duration = Duration::from_secs(1);

/// Number of schedules with fewer choices that are searched.
const MAX_SEARCHED: usize = 20_000;

/// A schedule with at most this many choices is readable, and is not improved further.
const READABLE: usize = 2;

/// Searches for the smallest schedule that fails like a given one.
pub(super) struct Minimizer<'a, 'b> {
    runner: &'a mut ScheduleRunner<'b>,
    schedules: &'a Schedules,
}

/// A smaller schedule and its failure.
struct Smaller {
    schedule: Schedule,
    signature: FailureSignature,
}

impl<'a, 'b> Minimizer<'a, 'b> {
    pub(super) fn new(runner: &'a mut ScheduleRunner<'b>, schedules: &'a Schedules) -> Self {
        Minimizer { runner, schedules }
    }

    /// Returns the smallest schedule found that fails with `signature`. The run of `schedule` took `steps` steps.
    ///
    /// First, choices are removed. The remaining ones may only be needed because of one another. For example, an error
    /// after the byte at which a read was cut short needs that cut, while an error elsewhere does not. So schedules
    /// with fewer choices are also searched.
    pub(super) fn minimize(mut self, schedule: Schedule, signature: &FailureSignature, steps: u64) -> Schedule {
        // Other runs may not take many more steps, because a task may wait in a loop for one that is held back.
        self.runner.max_steps = steps.saturating_mul(4).saturating_add(1_000);
        let mut smallest = self.shrink(schedule, signature);
        // An exhaustive search already begins with the smallest schedules.
        if !is_interrupted() && self.schedules.explorer.exhaustive.is_none() {
            if let Some(smaller) = self.find_smaller(&smallest, signature) {
                // The schedule found may still contain unneeded limits.
                smallest = self.shrink(smaller.schedule, &smaller.signature);
            }
            smallest = self.smallest_of_many(smallest, signature);
        }
        self.runner.max_steps = u64::MAX;
        smallest
    }

    fn shrink(&mut self, schedule: Schedule, signature: &FailureSignature) -> Schedule {
        let time = if is_interrupted() { SHRINK_TIME_AFTER_INTERRUPT } else { SHRINK_TIME };
        self.shrink_until(schedule, signature, Instant::now() + time)
    }

    fn shrink_until(&mut self, schedule: Schedule, signature: &FailureSignature, deadline: Instant) -> Schedule {
        let liveness = LivenessCheck::for_kind(signature.kind);
        shrink(schedule, deadline.saturating_duration_since(Instant::now()), |schedule| {
            let record = self.runner.replay(schedule, Observe::default(), liveness)?;
            (record.signature().as_ref() == Some(signature)).then(|| record.schedule())
        })
    }

    /// Searches the first schedules with fewer choices for one that fails alike.
    fn find_smaller(&mut self, schedule: &Schedule, signature: &FailureSignature) -> Option<Smaller> {
        let bound = schedule.choice_count().checked_sub(1)?;
        let deadline = Instant::now() + SEARCH_TIME;
        let mut all = Exhaustive::new(bound);
        for _ in 0..MAX_SEARCHED {
            if Instant::now() > deadline {
                return None;
            }
            let deviations = all.next(|deviations| self.runner.alternatives(deviations, schedule.seed, true))?;
            let source = ChoiceSource::Bounded { deviations, alternatives: Alternatives::Ignored };
            let liveness = LivenessCheck::for_kind(signature.kind);
            let record = self.runner.run(source, schedule.seed, Observe::default(), liveness);
            if let Some(record) = record
                && let Some(found) = record.signature().filter(|found| is_alike(found, signature))
            {
                return Some(Smaller { schedule: record.schedule(), signature: found });
            }
        }
        None
    }

    /// Returns the smallest of several shrunk schedules that fail alike, because the result of shrinking depends on
    /// where it begins. A readable schedule is not improved.
    fn smallest_of_many(&mut self, mut smallest: Schedule, signature: &FailureSignature) -> Schedule {
        let deadline = Instant::now() + SEARCH_TIME;
        for index in 1.. {
            if smallest.choice_count() <= READABLE || Instant::now() > deadline {
                break;
            }
            let source = self.schedules.scheduled(index, self.runner);
            let liveness = LivenessCheck::for_kind(signature.kind);
            let record = self.runner.run(source, smallest.seed, Observe::default(), liveness);
            if let Some(record) = record.filter(|record| record.signature().as_ref() == Some(signature)) {
                let other = self.shrink_until(record.schedule(), signature, deadline);
                if other.choice_count() < smallest.choice_count() {
                    smallest = other;
                }
            }
        }
        smallest
    }
}

/// Returns whether a failure is the expected one, or a deadlock among some of its tasks.
fn is_alike(found: &FailureSignature, expected: &FailureSignature) -> bool {
    found == expected || found.kind == FailureKind::Deadlock && found.is_within(expected)
}
