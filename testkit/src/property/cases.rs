//! Failing inputs of a search, one for each different failure, and the progress of a soak.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::simplify::FailingInput;
use crate::explorer::{Explorer, FailingSchedule, MAX_LOST_WORKERS, MAX_REPORTS, SearchResult, Tally, is_interrupted};
use crate::failure::{Coverage, SoakStatus};
use crate::internal::lock;

/// An input with which the test failed. It has not been simplified or reported yet.
pub(super) struct FailingCase {
    pub(super) failing: FailingInput,
    pub(super) result: SearchResult,
    pub(super) explorer: Explorer,
    /// Text for the report that identifies the input, such as `input 3 of 64`.
    pub(super) origin: String,
    /// Whether the input was kept by an earlier run.
    pub(super) is_kept: bool,
    /// Number of schedules that were run with earlier inputs.
    pub(super) earlier: usize,
}

/// The inputs with which the test failed, one for each different failure.
pub(super) struct FailingCases {
    continues_after_failure: bool,
    cases: Vec<FailingCase>,
    progress: Arc<Progress>,
}

/// Progress of a test with inputs, which a soak displays.
#[derive(Default)]
pub(super) struct Progress(Mutex<ProgressState>);

#[derive(Default)]
struct ProgressState {
    coverage: Coverage,
    tally: Tally,
    /// Number of inputs that lost a worker thread.
    lost_workers: usize,
}

impl ProgressState {
    fn is_given_up(&self) -> bool {
        self.lost_workers > MAX_LOST_WORKERS
    }
}

impl Progress {
    /// Returns the status of a soak that began at `begun` and lasts for `time`.
    pub(super) fn status(&self, begun: Instant, time: Duration) -> SoakStatus {
        let state = lock(&self.0);
        SoakStatus::new(begun.elapsed(), time, state.coverage, state.tally.kinds(), state.is_given_up())
    }
}

impl FailingCases {
    pub(super) fn new(continues_after_failure: bool, progress: Arc<Progress>) -> Self {
        FailingCases { continues_after_failure, cases: Vec::new(), progress }
    }

    /// Adds the result of an input: the coverage so far, and the failing case if the test failed.
    pub(super) fn add(&mut self, coverage: &Coverage, case: Option<FailingCase>) {
        let mut state = lock(&self.progress.0);
        state.coverage = Coverage { skipped: 0, ..*coverage };
        let Some(case) = case else { return };
        let schedule = &case.failing.schedule;
        state.lost_workers += usize::from(schedule.cause.lost_its_thread());
        let index = case.earlier + schedule.index;
        let is_first = state.tally.add(FailingSchedule { index, ..schedule.clone() });
        if is_first && self.cases.len() < MAX_REPORTS {
            self.cases.push(case);
        }
    }

    /// Returns whether no more inputs should run.
    pub(super) fn is_over(&self) -> bool {
        let has_failed = !self.continues_after_failure && !self.cases.is_empty();
        has_failed || is_interrupted() || lock(&self.progress.0).is_given_up()
    }

    /// Returns the cases to report in the order in which they were found, each with the number of schedules that failed
    /// alike.
    pub(super) fn into_reported(self) -> impl Iterator<Item = (FailingCase, usize)> {
        let tally = std::mem::take(&mut lock(&self.progress.0).tally);
        let counts = tally.into_groups().into_iter().map(|group| group.count);
        self.cases.into_iter().zip(counts)
    }
}
