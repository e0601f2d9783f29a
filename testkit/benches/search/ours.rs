//! Searches for the bugs with testkit.

use std::time::{Duration, Instant};

use testkit::{Explorer, Scheduler};

use crate::bugs::Bug;
use crate::sample::Sample;
use crate::{MAX_SCHEDULES, PASSING, TIME};

/// The measured schedulers, in the order of the table columns.
pub(crate) const SCHEDULERS: [Scheduler; 5] =
    [Scheduler::Auto, Scheduler::Random, Scheduler::Pct(3), Scheduler::Pos, Scheduler::Surw];

/// Runs schedules of the bug until one fails. Shrinking only affects the time of the report.
pub(crate) fn first_failure(bug: &Bug, scheduler: Scheduler, seed: u64, shrinks: bool) -> Sample {
    let wrong = bug.wrong;
    let start = Instant::now();
    let explorer = Explorer::new().scheduler(scheduler).seed(seed).schedules(MAX_SCHEDULES).time(TIME).shrink(shrinks);
    let outcome = explorer.run(move |_| wrong());
    let (time, report) = (outcome.search_time(), start.elapsed());
    match outcome.failure() {
        Some(failure) => Sample { is_found: true, schedules: failure.found_after(), time, report },
        None => Sample { is_found: false, schedules: outcome.schedules_run(), time, report },
    }
}

/// Returns the time per schedule of the fixed version, including one-time costs.
pub(crate) fn passing(bug: &Bug, scheduler: Scheduler) -> Duration {
    let fixed = bug.fixed;
    let start = Instant::now();
    let outcome = Explorer::new().scheduler(scheduler).schedules(PASSING).run(move |_| fixed());
    let time = start.elapsed() / PASSING as u32;
    assert!(outcome.failure().is_none(), "the fixed `{}` passes", bug.name);
    time
}
