//! What came of an exploration.

mod choice;
mod failure;
mod kind;

pub use choice::Choice;
pub use failure::Failure;
pub(crate) use failure::{Evidence, FailingInput, Problem};
pub use kind::FailureKind;

/// What an [`Explorer`](crate::Explorer) has found.
#[derive(Debug)]
#[must_use = "an outcome may be a failure"]
pub struct Outcome {
    schedules_run: usize,
    failure: Option<Failure>,
}

impl Outcome {
    pub(crate) fn new(schedules_run: usize, failure: Option<Failure>) -> Self {
        Outcome { schedules_run, failure }
    }

    /// How many schedules were run, those that only made a failure smaller not counted.
    pub fn schedules_run(&self) -> usize {
        self.schedules_run
    }

    /// The failure, if a schedule has failed.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }
}
