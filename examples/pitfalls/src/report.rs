//! Reports of the chapters' tests, and the explorer settings that the tests share.

use std::fmt;

use testkit::laws::Broken;
use testkit::{Explorer, FailureKind, Outcome};

/// Result of testing one version of a chapter's code. Displays as the text of the report.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whether the code passed its test.
    pub passed: bool,
    /// Kind of the failure, if testkit found a failing schedule.
    pub failure_kind: Option<FailureKind>,
    text: String,
}

/// Number of schedules under which each chapter's test runs.
pub const SCHEDULES: usize = 1_000;

/// Returns the explorer that runs the chapters' tests. Without a time limit, its reports are the same on every machine.
pub(crate) fn explorer() -> Explorer {
    Explorer::new().schedules(SCHEDULES)
}

impl Report {
    /// Reports a failure that does not depend on a schedule.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Report { passed: false, failure_kind: None, text: text.into() }
    }

    /// Reports a success.
    pub(crate) fn passed(text: impl Into<String>) -> Self {
        Report { passed: true, failure_kind: None, text: text.into() }
    }
}

impl From<Outcome> for Report {
    fn from(outcome: Outcome) -> Self {
        match outcome.failure() {
            Some(failure) => Report { passed: false, failure_kind: Some(failure.kind()), text: failure.to_string() },
            None => Report::passed(format!("passes under all {} schedules\n", outcome.schedules_run())),
        }
    }
}

impl From<Result<(), Broken>> for Report {
    fn from(checked: Result<(), Broken>) -> Self {
        match checked {
            Ok(()) => Report::passed("passes: no law is broken\n"),
            Err(broken) => Report::failed(broken.to_string()),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
