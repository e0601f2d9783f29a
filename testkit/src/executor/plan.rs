//! Settings, limits and observations of a run, and the heartbeat that the watchdog reads.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::time::{Duration, Instant};

use super::liveness::Watch;
use super::state::TaskFuture;
use super::tokio::SelectDraws;
use crate::scheduler::ChoiceSource;

/// A test. Called once per run, inside the simulation; returns the future of task 0.
pub(crate) type TestFn = dyn Fn() -> TaskFuture + Send + Sync;

/// Settings of one run.
pub(crate) struct RunPlan<'a> {
    pub(crate) source: ChoiceSource,
    pub(crate) seed: u64,
    pub(crate) limits: RunLimits,
    pub(crate) observe: Observe,
    /// Source location of the test.
    pub(crate) site: &'static Location<'static>,
    /// Updated at each step, for the watchdog.
    pub(crate) heartbeat: &'a Heartbeat,
    pub(crate) draws: &'a SelectDraws,
    /// Real time at the beginning of the search.
    pub(crate) search_begun: Instant,
    /// Late wakes that the run looks for.
    pub(crate) watch: Watch<'a>,
    /// Whether the run ends at its first unexpected random draw, so that it can be repeated with that draw
    /// accounted for.
    pub(crate) ends_at_unknown_draw: bool,
}

/// Progress of a worker thread. Written at each step, so it must not share a cache line with another thread's
/// heartbeat.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Heartbeat {
    pub(crate) run: AtomicU64,
    /// Number of the current step, or [`DROPPING`] plus the number of the task that is being dropped.
    pub(crate) steps: AtomicU64,
    /// The thread that runs the test, as the system identifies it to its other threads; 0 if it is not known.
    pub(crate) thread: AtomicU64,
    /// Whether a run is in progress that neither captures stacks nor looks for late wakes. Reading debug information
    /// takes long, so other runs may use the processor for a long time.
    pub(crate) is_in_plain_run: AtomicBool,
    /// Index of the current schedule.
    pub(crate) schedule: AtomicUsize,
    /// Fingerprint of the last run: equal for equal interleavings.
    pub(crate) fingerprint: AtomicU64,
    /// Whether any run had raw tasks. Schedules do not decide the order of raw tasks. Written at the end of a run.
    pub(crate) has_raw_tasks: AtomicBool,
    /// Whether raw tasks were alive at the end of any run that passed.
    pub(crate) leaves_raw_tasks: AtomicBool,
}

/// Offset of task numbers in [`Heartbeat::steps`], while tasks are dropped at the end of a run.
pub(crate) const DROPPING: u64 = 1 << 62;

/// Limits of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunLimits {
    pub(crate) steps: u64,
    /// Maximum number of steps at one virtual time.
    pub(crate) standing_steps: u64,
    pub(crate) virtual_time: Duration,
    pub(crate) allow_leaks: bool,
    /// Number of idle points (moments when no task is ready) without a poll of the test from which on the test counts
    /// as being in a deadlock, if it does not end in its virtual time.
    pub(crate) idle_points: u32,
}

/// Optional observations of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Observe {
    /// Captures the async stack of each task.
    pub(crate) stacks: bool,
    /// Keeps a trace of all steps.
    pub(crate) trace: bool,
    /// Gives other threads time to wake a task before the run counts as stuck.
    pub(crate) awaits_threads: bool,
    /// Leaks the remaining tasks at the end of the run instead of dropping them.
    pub(crate) leak_tasks: bool,
    /// Counts the steps and operations of each task.
    pub(crate) profile: bool,
    /// Preempts each poll at each tokio operation, so that the stack of each operation is captured. Requires `stacks`.
    pub(crate) preempts_all: bool,
    /// Records the events of each step for a timeline. Requires `trace` and `stacks`.
    pub(crate) record: bool,
}
