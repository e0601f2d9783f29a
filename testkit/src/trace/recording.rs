//! The steps and events of a recorded run.

use std::time::Duration;

use super::TaskStack;
use crate::schedule::RAW_TASKS;

/// The steps and events of a run: the data of a timeline.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    pub(crate) steps: Vec<RecordedStep>,
    pub(crate) events: Vec<RecordedEvent>,
    /// Distinct stacks at which tasks waited. Steps refer to them by index.
    pub(crate) stacks: Vec<TaskStack>,
    /// The gap left by [`Recorder`](super::Recorder) in a long run.
    pub(crate) omitted: Option<Omitted>,
}

/// The steps missing from the middle of a recording. Only the beginning and the end of a long run are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Omitted {
    /// Number of the last step before the gap.
    pub(crate) after: usize,
    pub(crate) count: usize,
}

/// One poll of a task, or one step of the raw tasks.
#[derive(Clone, Debug)]
pub(crate) struct RecordedStep {
    /// Number of the step, from 1.
    pub(crate) number: usize,
    pub(crate) task: u32,
    /// Number of the poll, from 0.
    pub(crate) poll: u32,
    pub(crate) result: PollResult,
    pub(crate) time: Duration,
    /// Stack at which the task waits after the step, or was preempted. `None` if it left no waker, or is not polled
    /// again.
    pub(crate) stack: Option<usize>,
}

/// Result of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PollResult {
    Pending,
    /// The task could have continued, but the schedule preempted it at a tokio operation.
    Preempted,
    Ready,
    Panicked,
}

/// An event and the step in which it occurred.
#[derive(Clone, Debug)]
pub(crate) struct RecordedEvent {
    /// Number of the step in which it occurred. If it occurred between two steps, the number of the earlier one; 0
    /// before the first step.
    pub(crate) step: usize,
    /// Whether it occurred after the step.
    pub(crate) is_between: bool,
    pub(crate) time: Duration,
    pub(crate) by: Actor,
    pub(crate) event: Event,
}

/// Cause of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    /// The task that was polled or dropped; [`RAW_TASKS`] stands for any raw task.
    Task(u32),
    /// A timer that fired.
    Timer,
    /// The simulation itself, when it resumes a task that waited for all others to block.
    Simulation,
}

impl Actor {
    /// Any raw task.
    pub(crate) const RAW_TASKS: Actor = Actor::Task(RAW_TASKS);
}

/// An event of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The task became ready.
    Wake { task: u32 },
    /// The task was spawned, and is ready.
    Spawn { task: u32 },
    /// The task was aborted. It is dropped when it would be polled next.
    Abort { task: u32 },
    /// The task was dropped before it completed.
    Drop { task: u32 },
    /// The test left a note.
    Note { text: String },
    /// A fake deviated from its default behavior.
    Decision { text: String },
    /// A host crashed.
    Crash { host: String },
    /// A host started again.
    Restart { host: String },
    /// A packet was sent to another host.
    Sent { packet: u64, from: String, to: String, text: String },
    /// A packet arrived at its host.
    Arrived { packet: u64 },
    /// A `tracing` event.
    #[cfg(feature = "tracing")]
    Tracing { level: &'static str, text: String },
}
