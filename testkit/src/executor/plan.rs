use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::time::Duration;

use super::state::TaskFuture;
use super::tokio::SelectDraws;
use crate::scheduler::ChoiceSource;

/// A test: a function that is called once per run, inside the simulation, and returns the future of task 0.
pub(crate) type TestFn = dyn Fn() -> TaskFuture + Send + Sync;

/// Describes one run.
pub(crate) struct RunPlan<'a> {
    pub(crate) source: ChoiceSource,
    pub(crate) seed: u64,
    pub(crate) limits: RunLimits,
    pub(crate) observe: Observe,
    /// Where the test was started.
    pub(crate) site: &'static Location<'static>,
    /// Updated in each step, for the watchdog.
    pub(crate) heartbeat: &'a Heartbeat,
    pub(crate) draws: &'a SelectDraws,
    /// Whether the run ends at an unexpected random draw, to be repeated with that knowledge.
    pub(crate) learns: bool,
}

/// Shows that a worker thread makes progress. Each step writes it, so it shares no cache line with that of another thread.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Heartbeat {
    pub(crate) run: AtomicU64,
    /// Number of the step, or [`DROPPING`] plus the number of the task that is being dropped.
    pub(crate) steps: AtomicU64,
    /// Index of the schedule that is running.
    pub(crate) schedule: AtomicUsize,
    /// Fingerprint of the last run: equal for equal interleavings.
    pub(crate) fingerprint: AtomicU64,
    /// Whether any run had raw tasks, which no schedule orders. Written at the end of a run.
    pub(crate) has_raw_tasks: AtomicBool,
}

/// Added to the number of a task in [`Heartbeat::steps`] while the task is dropped at the end of a run.
pub(crate) const DROPPING: u64 = 1 << 62;

/// Limits of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunLimits {
    pub(crate) steps: u64,
    pub(crate) virtual_time: Duration,
    pub(crate) allow_leaks: bool,
}

/// What a run observes in addition to its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Observe {
    /// Captures the async stack of each task.
    pub(crate) stacks: bool,
    /// Keeps each step.
    pub(crate) trace: bool,
    /// Waits a while for other threads before it concludes that nothing can wake a task.
    pub(crate) patient: bool,
    /// Leaks the remaining tasks at the end of the run instead of dropping them.
    pub(crate) leak_tasks: bool,
    /// Counts the steps of each task.
    pub(crate) profile: bool,
    /// Records the events of each step for a timeline. Requires `trace` and `stacks`.
    pub(crate) record: bool,
    /// Watches how this task is woken next, instead of polling it spuriously.
    pub(crate) suspect: Option<Suspect>,
}

/// A task that seems to have lost a wakeup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suspect {
    /// Number of the idle point at which a spurious poll made progress.
    pub(crate) idle: u32,
    pub(crate) task: u32,
}
