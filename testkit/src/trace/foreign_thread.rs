//! Threads that do not belong to a simulation.

use std::time::{Duration, Instant};

/// A thread that is alive outside of the simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignThread {
    pub(crate) name: Option<String>,
    /// Real time since the thread was started.
    pub(crate) age: Duration,
    /// Whether the thread runs, or is about to.
    pub(crate) is_running: bool,
}

/// Accuracy of the age of a thread.
const CLOCK_TICK: Duration = Duration::from_millis(10);

impl ForeignThread {
    /// Returns whether the thread was started before this time.
    pub(crate) fn is_older_than(&self, time: Instant) -> bool {
        self.age > time.elapsed() + CLOCK_TICK
    }

    /// Returns whether the thread may still be about to take its name: it has none, and has not waited for anything yet.
    pub(crate) fn may_be_starting(&self) -> bool {
        self.name.is_none() && (self.is_running || self.age < CLOCK_TICK * 2)
    }
}
