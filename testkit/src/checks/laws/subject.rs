use std::task::{Context, Poll};

use super::Law;
use super::outcome::Outcome;

/// What is polled by the laws: a future, stream, sink, reader or writer, as a row of operations.
pub(super) trait Subject {
    /// What the next poll is called.
    fn action(&self) -> &'static str;

    /// Polls the operation that is under way, or begins the next.
    ///
    /// # Errors
    /// A law that the poll itself breaks.
    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Breach>;

    /// All that has come of it, to be compared.
    fn outcome(&self) -> Outcome;

    /// Checks, at its end, what there was until then. Returns a law that it breaks.
    fn at_end(&mut self) -> Option<Breach> {
        None
    }

    /// Polls it after its end. Returns a law that it breaks.
    fn after_end(&mut self, context: &mut Context<'_>) -> Option<Breach> {
        _ = context;
        None
    }
}

/// An operation is done.
pub(super) struct Step {
    /// What came of it, for the table.
    pub(super) result: String,
    /// Whether it was the last.
    pub(super) is_last: bool,
}

impl Step {
    pub(super) fn on(result: impl Into<String>) -> Self {
        Step { result: result.into(), is_last: false }
    }

    pub(super) fn last(result: impl Into<String>) -> Self {
        Step { result: result.into(), is_last: true }
    }
}

/// A law is broken, and what was seen of it.
#[derive(Debug)]
pub(super) struct Breach {
    pub(super) law: Law,
    pub(super) seen: String,
}

impl Breach {
    pub(super) fn new(law: Law, seen: impl Into<String>) -> Self {
        Breach { law, seen: seen.into() }
    }
}
