//! The trait that all subjects implement, and the results of their polls.

use std::task::{Context, Poll};

use super::Law;
use super::outcome::Outcome;

/// A value under test, as a sequence of operations: a future, stream, sink, reader or writer.
pub(super) trait Subject {
    /// Returns the name of the next poll function, such as `poll_next`.
    fn action(&self) -> &'static str;

    /// Polls the current operation, or begins the next.
    ///
    /// # Errors
    /// Returns a law that the poll itself breaks.
    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Violation>;

    /// Returns everything that it has produced, for comparison.
    fn outcome(&self) -> Outcome;

    /// Checks the whole run at its end. Returns a law that it breaks.
    fn at_end(&mut self) -> Option<Violation> {
        None
    }

    /// Polls the subject after its end. Returns a law that it breaks.
    fn after_end(&mut self, context: &mut Context<'_>) -> Option<Violation> {
        _ = context;
        None
    }
}

/// A completed operation.
pub(super) struct Step {
    /// Result, as shown in the table.
    pub(super) result: String,
    /// Whether it was the last operation.
    pub(super) is_last: bool,
}

impl Step {
    pub(super) fn done(result: impl Into<String>) -> Self {
        Step { result: result.into(), is_last: false }
    }

    pub(super) fn last(result: impl Into<String>) -> Self {
        Step { result: result.into(), is_last: true }
    }
}

/// A broken law, and the observation that shows it.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) law: Law,
    pub(super) observation: String,
}

impl Violation {
    pub(super) fn new(law: Law, observation: impl Into<String>) -> Self {
        Violation { law, observation: observation.into() }
    }
}
