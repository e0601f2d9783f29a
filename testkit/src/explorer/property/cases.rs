use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::internal::lock;

use super::simplify::Failing;
use crate::explorer::interrupt::is_interrupted;
use crate::explorer::search::{MOST_LOST, MOST_TOLD, Sought};
use crate::explorer::settings::Explorer;
use crate::explorer::standing::Standing;
use crate::explorer::tally::{Found, Tally};
use crate::outcome::{Coverage, Problem};

/// An input that the test fails with, still to be made simpler and told.
pub(super) struct Case {
    pub(super) failing: Failing,
    pub(super) sought: Sought,
    pub(super) explorer: Explorer,
    /// Which input it is, as a report tells it.
    pub(super) origin: String,
    /// Whether it was kept from an earlier run.
    pub(super) is_kept: bool,
    /// How many schedules were run with inputs before it.
    pub(super) earlier: usize,
}

/// The inputs that the test has failed with so far: each different failure once, if it goes on behind them.
pub(super) struct Cases {
    goes_on: bool,
    firsts: Vec<Case>,
    progress: Arc<Progress>,
}

/// How far a test is, for whoever shows it meanwhile.
#[derive(Default)]
pub(super) struct Progress(Mutex<Seen>);

/// What has been seen so far.
#[derive(Default)]
struct Seen {
    coverage: Coverage,
    tally: Tally,
    /// How many inputs have kept a thread for good.
    lost: usize,
}

impl Seen {
    fn is_given_up(&self) -> bool {
        self.lost > MOST_LOST
    }
}

impl Progress {
    /// Where a soak stands that was begun then, and is to take so long.
    pub(super) fn standing(&self, begun: Instant, time: Duration) -> Standing {
        let seen = lock(&self.0);
        Standing::new(begun.elapsed(), time, seen.coverage, &seen.tally, seen.is_given_up())
    }
}

impl Cases {
    /// Of a test that ends with its first failure, or `goes_on`.
    pub(super) fn new(goes_on: bool, progress: Arc<Progress>) -> Self {
        Cases { goes_on, firsts: Vec::new(), progress }
    }

    /// An input was run, after which so much has been seen; maybe the test has failed with it.
    pub(super) fn add(&mut self, coverage: &Coverage, case: Option<Case>) {
        let mut seen = lock(&self.progress.0);
        seen.coverage = Coverage { left_out: 0, ..*coverage };
        let Some(case) = case else { return };
        let found = &case.failing.found;
        seen.lost += usize::from(matches!(found.problem, Problem::Hung { .. } | Problem::Aborting { .. }));
        let is_first = seen.tally.add(Found { index: case.earlier + found.index, ..found.clone() });
        if is_first && self.firsts.len() < MOST_TOLD {
            self.firsts.push(case);
        }
    }

    /// Whether no more inputs are to be run.
    pub(super) fn is_over(&self) -> bool {
        let has_failed = !self.goes_on && !self.firsts.is_empty();
        has_failed || is_interrupted() || lock(&self.progress.0).is_given_up()
    }

    /// Those that are told, with how many schedules have failed alike, in the order in which they were found.
    pub(super) fn told(self) -> impl Iterator<Item = (Case, usize)> {
        let tally = std::mem::take(&mut lock(&self.progress.0).tally);
        let counts = tally.into_classes().into_iter().map(|class| class.count);
        self.firsts.into_iter().zip(counts)
    }
}
