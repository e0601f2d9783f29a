use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::simplify::FailingInput;
use crate::explorer::{Explorer, FailingSchedule, MAX_LOST_WORKERS, MAX_REPORTS, SearchResult, Tally, is_interrupted};
use crate::failure::{Coverage, SoakStatus};
use crate::internal::lock;

/// An input that the test fails with; it is still to be simplified and reported.
pub(super) struct FailingCase {
    pub(super) failing: FailingInput,
    pub(super) result: SearchResult,
    pub(super) explorer: Explorer,
    /// Which input it is, for the report.
    pub(super) origin: String,
    /// Whether it was kept from an earlier run.
    pub(super) is_kept: bool,
    /// Number of schedules that were run with inputs before it.
    pub(super) earlier: usize,
}

/// The inputs that the test has failed with: one for each different failure.
pub(super) struct FailingCases {
    continues_after_failure: bool,
    firsts: Vec<FailingCase>,
    progress: Arc<Progress>,
}

/// Progress of a test with inputs, which a soak shows.
#[derive(Default)]
pub(super) struct Progress(Mutex<ProgressState>);

#[derive(Default)]
struct ProgressState {
    coverage: Coverage,
    tally: Tally,
    /// Number of inputs with which a worker thread was lost.
    lost_workers: usize,
}

impl ProgressState {
    fn is_given_up(&self) -> bool {
        self.lost_workers > MAX_LOST_WORKERS
    }
}

impl Progress {
    /// Returns the status of a soak that began at `begun` and takes `time`.
    pub(super) fn status(&self, begun: Instant, time: Duration) -> SoakStatus {
        let state = lock(&self.0);
        SoakStatus::new(begun.elapsed(), time, state.coverage, state.tally.kinds(), state.is_given_up())
    }
}

impl FailingCases {
    pub(super) fn new(continues_after_failure: bool, progress: Arc<Progress>) -> Self {
        FailingCases { continues_after_failure, firsts: Vec::new(), progress }
    }

    /// Adds the result of an input: the coverage so far, and the failure, if the test failed with it.
    pub(super) fn add(&mut self, coverage: &Coverage, case: Option<FailingCase>) {
        let mut state = lock(&self.progress.0);
        state.coverage = Coverage { skipped: 0, ..*coverage };
        let Some(case) = case else { return };
        let schedule = &case.failing.schedule;
        state.lost_workers += usize::from(schedule.cause.lost_its_thread());
        let index = case.earlier + schedule.index;
        let is_first = state.tally.add(FailingSchedule { index, ..schedule.clone() });
        if is_first && self.firsts.len() < MAX_REPORTS {
            self.firsts.push(case);
        }
    }

    /// Whether no more inputs are to be run.
    pub(super) fn is_over(&self) -> bool {
        let has_failed = !self.continues_after_failure && !self.firsts.is_empty();
        has_failed || is_interrupted() || lock(&self.progress.0).is_given_up()
    }

    /// Returns the cases to report, each with the number of schedules that failed alike, in the order in which they were
    /// found.
    pub(super) fn into_reported(self) -> impl Iterator<Item = (FailingCase, usize)> {
        let tally = std::mem::take(&mut lock(&self.progress.0).tally);
        let counts = tally.into_groups().into_iter().map(|group| group.count);
        self.firsts.into_iter().zip(counts)
    }
}
