//! Result of a check: the number of programs and schedules, and the failing program.

use std::fmt;

use super::NotLinearizable;
use super::model::Model;
use super::program::Program;
use crate::failure::Failure as RunFailure;

/// Result of a [`Check`](super::Check).
#[must_use = "an outcome may be a failure"]
pub struct Outcome<M: Model> {
    pub(super) programs_run: usize,
    pub(super) schedules_run: usize,
    pub(super) failure: Option<Failure<M>>,
}

impl<M: Model> Outcome<M> {
    /// Returns the number of programs that ran until one failed. Programs that ran only for shrinking are not counted.
    pub fn programs_run(&self) -> usize {
        self.programs_run
    }

    /// Returns the total number of schedules that ran for these programs.
    pub fn schedules_run(&self) -> usize {
        self.schedules_run
    }

    /// Returns the failure of the smallest failing program, if one failed.
    pub fn failure(&self) -> Option<&Failure<M>> {
        self.failure.as_ref()
    }
}

/// A failing program and the schedule under which it fails. Displays the whole report.
pub struct Failure<M: Model> {
    pub(super) program: Program<M>,
    pub(super) run: RunFailure,
    pub(super) not_linearizable: Option<NotLinearizable>,
    pub(super) report: String,
}

impl<M: Model> Failure<M> {
    /// Returns the shrunk program.
    pub fn program(&self) -> &Program<M> {
        &self.program
    }

    /// Returns why its history is not linearizable, or `None` if it failed for another reason, such as a deadlock or a
    /// panic.
    pub fn not_linearizable(&self) -> Option<&NotLinearizable> {
        self.not_linearizable.as_ref()
    }

    /// Returns the failing run, with its schedule and choices. Its kind is
    /// [`FailureKind::Error`](crate::FailureKind::Error) if the history is not linearizable.
    pub fn run(&self) -> &RunFailure {
        &self.run
    }
}

impl<M: Model> fmt::Debug for Outcome<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { programs_run, schedules_run, failure } = self;
        f.debug_struct("Outcome")
            .field("programs_run", programs_run)
            .field("schedules_run", schedules_run)
            .field("failure", failure)
            .finish()
    }
}

impl<M: Model> fmt::Display for Failure<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}

impl<M: Model> fmt::Debug for Failure<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}
