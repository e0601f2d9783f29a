use std::fmt;

use super::NotLinearizable;
use super::model::Model;
use super::program::Program;

/// What a [`Check`](super::Check) has found.
#[must_use = "an outcome may be a failure"]
pub struct Outcome<M: Model> {
    pub(super) programs_run: usize,
    pub(super) schedules_run: usize,
    pub(super) failure: Option<Failure<M>>,
}

impl<M: Model> Outcome<M> {
    /// How many programs were run until one failed; those that only made it smaller are not counted.
    pub fn programs_run(&self) -> usize {
        self.programs_run
    }

    /// How many schedules these were run under, all together.
    pub fn schedules_run(&self) -> usize {
        self.schedules_run
    }

    /// The smallest program that has failed, if one has.
    pub fn failure(&self) -> Option<&Failure<M>> {
        self.failure.as_ref()
    }
}

/// A program that fails, and the schedule under which it does. Its text is the whole report.
pub struct Failure<M: Model> {
    pub(super) program: Program<M>,
    pub(super) run: crate::Failure,
    pub(super) refused: Option<NotLinearizable>,
    pub(super) report: String,
}

impl<M: Model> Failure<M> {
    /// The program, made as small as it could be.
    pub fn program(&self) -> &Program<M> {
        &self.program
    }

    /// Why its history is not linearizable; none, if it failed otherwise: with a deadlock or a panic, for example.
    pub fn not_linearizable(&self) -> Option<&NotLinearizable> {
        self.refused.as_ref()
    }

    /// The run that failed: its schedule, and the choices. Its kind is [`FailureKind::Error`](crate::FailureKind::Error)
    /// where the history is not linearizable.
    pub fn run(&self) -> &crate::Failure {
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
