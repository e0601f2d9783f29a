//! Traced steps, by which two runs of one schedule are compared.

use std::time::Duration;

/// One step of a run: a poll of a task, or one step of the raw tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) task: u32,
    pub(crate) poll: u32,
    pub(crate) is_ready: bool,
    /// Number of tasks in the run queue after the step.
    pub(crate) queued: u32,
    /// Virtual time since the start of the run.
    pub(crate) time: Duration,
    /// Number of deviations made before the step.
    pub(crate) deviations: usize,
}
