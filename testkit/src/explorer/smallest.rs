//! The smallest schedule that fails like another.

use std::time::{Duration, Instant};

use super::interrupt::is_interrupted;
use super::search::Exploration;
use super::tools::Tools;
use crate::outcome::{FailureKind, is_within};
use crate::schedule::{Exhaustive, Noting, Schedule, Source, shrink};
use crate::sim::Mode;

/// For how long, of real time, choices are left out.
const SHRINKING: Duration = Duration::from_secs(5);

/// The same where somebody has pressed Ctrl-C, and waits.
const SHRINKING_IN_HASTE: Duration = Duration::from_secs(1);

/// For how long, of real time, a schedule with fewer choices is looked for, and among how many.
const SEARCHING: Duration = Duration::from_secs(1);
const SEARCHED: usize = 20_000;

/// So many choices are few enough.
const READABLE: usize = 2;

/// The kind of a failure, and its place.
type Told = Option<(FailureKind, String)>;

/// Whether it is the same failure, or a smaller one of its kind: a deadlock of some of the tasks.
fn is_alike(told: &Told, wanted: &Told) -> bool {
    let (Some((kind, place)), Some((wanted_kind, wanted_place))) = (told, wanted) else { return false };
    kind == wanted_kind && (place == wanted_place || *kind == FailureKind::Deadlock && is_within(place, wanted_place))
}

impl Exploration {
    /// The smallest schedule that is found to fail like this one.
    ///
    /// Choices are left out first. What is left may be of use only to each other: an error behind the byte where a read was
    /// cut short needs the cut, and one elsewhere does not. So those with fewer choices are gone through, too.
    ///
    /// The run of this one took so many `steps`. Others are not to take many more: a task that is held back may be what
    /// another waits for in a loop.
    pub(super) fn smallest(&self, tools: &mut Tools<'_>, schedule: Schedule, wanted: &Told, steps: u64) -> Schedule {
        tools.most_steps = steps.saturating_mul(4).saturating_add(1_000);
        let mut smallest = self.shrunk(tools, schedule, wanted);
        // Whoever runs all of them begins with the smallest.
        if !is_interrupted() && self.explorer.exhaustive.is_none() {
            if let Some((smaller, told)) = self.smaller(tools, &smallest, wanted) {
                // It has each probe with it that there may be.
                smallest = self.shrunk(tools, smaller, &told);
            }
            smallest = self.smallest_of_many(tools, smallest, wanted);
        }
        tools.most_steps = u64::MAX;
        smallest
    }

    fn shrunk(&self, tools: &mut Tools<'_>, schedule: Schedule, wanted: &Told) -> Schedule {
        let time = if is_interrupted() { SHRINKING_IN_HASTE } else { SHRINKING };
        self.shrunk_until(tools, schedule, wanted, Instant::now() + time)
    }

    fn shrunk_until(&self, tools: &mut Tools<'_>, schedule: Schedule, wanted: &Told, deadline: Instant) -> Schedule {
        shrink(schedule, deadline.saturating_duration_since(Instant::now()), |schedule| {
            let ran = self.replayed(tools, schedule, Mode::default());
            ran.filter(|ran| ran.failure() == *wanted).map(|ran| ran.schedule())
        })
    }

    /// One with fewer choices, if it is among the first of these.
    fn smaller(&self, tools: &mut Tools<'_>, schedule: &Schedule, wanted: &Told) -> Option<(Schedule, Told)> {
        let bound = schedule.choice_count().checked_sub(1)?;
        let deadline = Instant::now() + SEARCHING;
        let mut all = Exhaustive::new(bound);
        for _ in 0..SEARCHED {
            if Instant::now() > deadline {
                return None;
            }
            let departures = all.next(|departures| self.others(tools, departures, schedule.seed, true))?;
            let source = Source::Bounded { departures, noting: Noting::Nothing };
            let ran = self.execute(tools, source, schedule.seed, Mode::default());
            if let Some(ran) = ran.filter(|ran| is_alike(&ran.failure(), wanted)) {
                return Some((ran.schedule(), ran.failure()));
            }
        }
        None
    }

    /// The smallest of several that fail alike: from where leaving out begins decides where it ends. One that is small enough
    /// to read is not bettered.
    fn smallest_of_many(&self, tools: &mut Tools<'_>, mut smallest: Schedule, wanted: &Told) -> Schedule {
        let deadline = Instant::now() + SEARCHING;
        for index in 1.. {
            if smallest.choice_count() <= READABLE || Instant::now() > deadline {
                break;
            }
            let source = self.search(index, tools);
            let ran = self.execute(tools, source, smallest.seed, Mode::default());
            if let Some(ran) = ran.filter(|ran| ran.failure() == *wanted) {
                let other = self.shrunk_until(tools, ran.schedule(), wanted, deadline);
                if other.choice_count() < smallest.choice_count() {
                    smallest = other;
                }
            }
        }
        smallest
    }
}
