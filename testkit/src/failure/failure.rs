//! `Failure`, and the evidence that its report shows.

use std::sync::Arc;

use super::{Choice, Coverage, FailureCause, FailureKind, RunRecord};
use crate::schedule::Schedule;

/// The evidence of a failure: its cause, its schedule and the last run.
pub(crate) struct Evidence {
    pub(crate) cause: FailureCause,
    pub(crate) schedule: Schedule,
    /// The last run under that schedule. `None` if it could not be run again.
    pub(crate) record: Option<Box<RunRecord>>,
    /// The deviations of that run, each described in a sentence.
    pub(crate) choices: Vec<Choice>,
    /// Number of choices before shrinking.
    pub(crate) choices_before: usize,
}

impl Evidence {
    /// Drops what no report shows: a record of millions of steps would take hundreds of megabytes.
    pub(crate) fn shrink_record(&mut self) {
        let Some(record) = &mut self.record else { return };
        record.alternatives = Vec::new();
        record.profile = Default::default();
        record.trace = Vec::new();
    }

    /// Creates the evidence of a failure that could not be run again.
    pub(crate) fn of_cause(cause: FailureCause) -> Self {
        Evidence { cause, schedule: Schedule::default(), record: None, choices: Vec::new(), choices_before: 0 }
    }
}

/// The test and the search in which a failure was found.
#[derive(Clone)]
pub(crate) struct Discovery {
    /// Path of the test with its crate, such as `store::tests::reads`.
    pub(crate) test_name: Option<&'static str>,
    /// Name of the thread that ran the search. `cargo test` names it after the test.
    pub(crate) thread_name: Option<String>,
    /// Index of the failing schedule.
    pub(crate) index: usize,
    /// Number of schedules that failed alike; 1 if the first ended the search.
    pub(crate) count: usize,
    /// Number of schedules that were planned.
    pub(crate) schedules: usize,
    pub(crate) coverage: Coverage,
}

/// The input of a failing test, as a report shows it.
#[derive(Clone)]
pub(crate) struct InputText {
    /// Text that identifies the input, such as `input 3 of 64, simplified`.
    pub(crate) origin: String,
    pub(crate) text: String,
}

/// A failure of a test: its kind and the choices that lead to it. `Display` prints the full report.
#[derive(Clone)]
pub struct Failure {
    pub(crate) evidence: Arc<Evidence>,
    pub(crate) discovery: Discovery,
    pub(crate) input: Option<InputText>,
    /// Number of schedules that were run with earlier inputs.
    earlier: usize,
}

impl Failure {
    pub(crate) fn new(evidence: Evidence, discovery: Discovery) -> Self {
        Failure { evidence: Arc::new(evidence), discovery, input: None, earlier: 0 }
    }

    /// Returns the number of schedules that failed alike; 1 if the first ended the search.
    pub(crate) fn count(&self) -> usize {
        self.discovery.count
    }

    /// Sets the number of schedules that failed alike.
    pub(crate) fn with_count(mut self, count: usize) -> Self {
        self.discovery.count = count;
        self
    }

    /// Sets the input of the test and the number of schedules that were run with earlier inputs.
    pub(crate) fn with_input(self, input: InputText, earlier: usize) -> Self {
        Failure { input: Some(input), earlier, ..self }
    }

    /// Returns whether running the schedule again led to the same failure.
    pub(crate) fn is_replayable(&self) -> bool {
        let depends_on_thread = matches!(self.evidence.cause, FailureCause::ForeignWake { .. });
        self.evidence.record.is_some() && self.kind() != FailureKind::Nondeterminism && !depends_on_thread
    }

    /// Returns the choices that a report lists: none if two runs of the schedule differ, because the choices of one run
    /// would explain nothing.
    pub(crate) fn listed_choices(&self) -> &[Choice] {
        if self.kind() == FailureKind::Nondeterminism { &[] } else { self.choices() }
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> FailureKind {
        self.evidence.cause.kind()
    }

    /// Returns the choices that remain after shrinking, in the order in which they are made.
    pub fn choices(&self) -> &[Choice] {
        &self.evidence.choices
    }

    /// Returns the failing schedule, for [`Explorer::replay`](crate::Explorer::replay).
    pub fn schedule(&self) -> &Schedule {
        &self.evidence.schedule
    }

    /// Returns the input with which the test failed, formatted as `name = value`, if the test takes
    /// [inputs](crate::Explorer::with_inputs).
    pub fn input(&self) -> Option<&str> {
        self.input.as_ref().map(|input| &*input.text)
    }

    /// Returns how many schedules were run until the failure was found, including the failing one.
    pub fn found_after(&self) -> usize {
        self.discovery.index + 1 + self.earlier
    }
}
