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
    is_exhaustive: bool,
    failure: Option<Failure>,
}

impl Outcome {
    pub(crate) fn new(schedules_run: usize, is_exhaustive: bool, failure: Option<Failure>) -> Self {
        Outcome { schedules_run, is_exhaustive, failure }
    }

    /// How many schedules were run, those that only made a failure smaller not counted.
    pub fn schedules_run(&self) -> usize {
        self.schedules_run
    }

    /// Whether all schedules were run that there are within the bound of
    /// [`Explorer::exhaustive`](crate::Explorer::exhaustive), and none has failed.
    pub fn is_exhaustive(&self) -> bool {
        self.is_exhaustive
    }

    /// The failure, if a schedule has failed.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }
}
