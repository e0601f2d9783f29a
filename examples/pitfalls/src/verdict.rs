use std::fmt;

use testkit::laws::Broken;
use testkit::{Explorer, FailureKind, Outcome};

/// What a run has shown. Its text is the report.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether it has shown that the code is right.
    pub is_pass: bool,
    /// What kind of failure it is, where a schedule was found that fails.
    pub kind: Option<FailureKind>,
    report: String,
}

/// How many schedules the mended code passes.
pub const SCHEDULES: usize = 1_000;

/// What runs the chapters' tests. It is not limited by time, so that what it reports is the same on every machine.
pub(crate) fn explorer() -> Explorer {
    Explorer::new().schedules(SCHEDULES)
}

impl Verdict {
    /// What was found to be wrong, other than by a schedule.
    pub(crate) fn wrong(report: impl Into<String>) -> Self {
        Verdict { is_pass: false, kind: None, report: report.into() }
    }

    /// What was seen to be right, other than by schedules.
    pub(crate) fn right(report: impl Into<String>) -> Self {
        Verdict { is_pass: true, kind: None, report: report.into() }
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome.failure() {
            Some(failure) => Verdict { is_pass: false, kind: Some(failure.kind()), report: failure.to_string() },
            None => Verdict::right(format!("passes: none of {} schedules fails\n", outcome.schedules_run())),
        }
    }
}

impl From<Result<(), Broken>> for Verdict {
    fn from(verdict: Result<(), Broken>) -> Self {
        match verdict {
            Ok(()) => Verdict::right("passes: it keeps all laws\n"),
            Err(broken) => Verdict::wrong(broken.to_string()),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}
