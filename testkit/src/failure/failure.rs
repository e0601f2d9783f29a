use std::sync::Arc;

use super::{Choice, Coverage, FailureCause, FailureKind, RunRecord};
use crate::schedule::Schedule;

/// What is known of a failing schedule.
pub(crate) struct Evidence {
    pub(crate) cause: FailureCause,
    pub(crate) schedule: Schedule,
    /// The last run under that schedule. `None` if it could not be run again.
    pub(crate) record: Option<Box<RunRecord>>,
    /// The deviations of that run, described by sentences.
    pub(crate) choices: Vec<Choice>,
    /// Number of choices before shrinking.
    pub(crate) choices_before: usize,
}

impl Evidence {
    /// Evidence of a failure that cannot be run again.
    pub(crate) fn of_cause(cause: FailureCause) -> Self {
        Evidence { cause, schedule: Schedule::default(), record: None, choices: Vec::new(), choices_before: 0 }
    }
}

/// Where a failure was found.
#[derive(Clone)]
pub(crate) struct Discovery {
    /// What `cargo test` calls the test.
    pub(crate) test_name: Option<&'static str>,
    /// Name of the thread that ran the search: `cargo test` names it after the test.
    pub(crate) thread_name: Option<String>,
    /// Index of the failing schedule.
    pub(crate) index: usize,
    /// Number of schedules that failed alike; 1 if the first ended the search.
    pub(crate) count: usize,
    /// Number of schedules that were to be run.
    pub(crate) schedules: usize,
    pub(crate) coverage: Coverage,
}

/// The input of a failing test, as a report shows it.
#[derive(Clone)]
pub(crate) struct InputText {
    /// Which input it is, and how it was found.
    pub(crate) origin: String,
    pub(crate) text: String,
}

/// A failure: its kind, and the choices that lead to it. `Display` prints the whole report.
#[derive(Clone)]
pub struct Failure {
    pub(crate) evidence: Arc<Evidence>,
    pub(crate) discovery: Discovery,
    pub(crate) input: Option<InputText>,
    /// Number of schedules run with other inputs before.
    earlier: usize,
}

impl Failure {
    pub(crate) fn new(evidence: Evidence, discovery: Discovery) -> Self {
        Failure { evidence: Arc::new(evidence), discovery, input: None, earlier: 0 }
    }

    /// Number of schedules that failed alike; 1 if the first ended the search.
    pub(crate) fn count(&self) -> usize {
        self.discovery.count
    }

    /// Sets the number of schedules that failed alike.
    pub(crate) fn with_count(mut self, count: usize) -> Self {
        self.discovery.count = count;
        self
    }

    /// Sets the input of the test, and the number of schedules run with other inputs before.
    pub(crate) fn with_input(self, input: InputText, earlier: usize) -> Self {
        Failure { input: Some(input), earlier, ..self }
    }

    /// Whether running the schedule again led to the same failure.
    pub(crate) fn is_replayable(&self) -> bool {
        self.evidence.record.is_some() && self.kind() != FailureKind::Nondeterminism
    }

    /// The choices that a report lists. If runs differ, the choices of one of them explain nothing.
    pub(crate) fn listed_choices(&self) -> &[Choice] {
        if self.kind() == FailureKind::Nondeterminism { &[] } else { self.choices() }
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> FailureKind {
        self.evidence.cause.kind()
    }

    /// Returns the choices that are left after shrinking, in the order in which they are made.
    pub fn choices(&self) -> &[Choice] {
        &self.evidence.choices
    }

    /// Returns the failing schedule. [`Explorer::replay`](crate::Explorer::replay) runs it again.
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
