//! Notes of a test for its report.

use std::time::Duration;

/// A note that the test left with `Sim::note`.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// Virtual time since the start of the run.
    pub(crate) time: Duration,
    pub(crate) task: u32,
    pub(crate) text: String,
}
