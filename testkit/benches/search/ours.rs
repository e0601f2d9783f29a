//! The bugs under testkit.

use std::time::{Duration, Instant};

use testkit::{Explorer, Strategy};

use crate::bugs::Bug;
use crate::sample::Sample;
use crate::{MOST, PASSING, TIME};

/// What is measured, by what it is called in the tables.
pub(crate) const STRATEGIES: [Strategy; 5] =
    [Strategy::Auto, Strategy::Random, Strategy::Pct(3), Strategy::Pos, Strategy::Surw];

/// Runs schedules of the bug until one fails. Whether the failure is made smaller, only the time of the report depends on.
pub(crate) fn first_failure(bug: &Bug, strategy: Strategy, seed: u64, shrinks: bool) -> Sample {
    let wrong = bug.wrong;
    let begun = Instant::now();
    let explorer = Explorer::new().strategy(strategy).seed(seed).schedules(MOST).time(TIME).shrink(shrinks);
    let outcome = explorer.run(move |_| wrong());
    let (time, report) = (outcome.search_time(), begun.elapsed());
    match outcome.failure() {
        Some(failure) => Sample { is_found: true, schedules: failure.found_after(), time, report },
        None => Sample { is_found: false, schedules: outcome.schedules_run(), time, report },
    }
}

/// How long a schedule of the fixed twin takes, what is done once included.
pub(crate) fn passing(bug: &Bug, strategy: Strategy) -> Duration {
    let fixed = bug.fixed;
    let begun = Instant::now();
    let outcome = Explorer::new().strategy(strategy).schedules(PASSING).run(move |_| fixed());
    let time = begun.elapsed() / PASSING as u32;
    assert!(outcome.failure().is_none(), "the fixed `{}` passes", bug.name);
    time
}
