use std::time::Duration;

use super::stack::TaskStack;
use crate::schedule::LANE;

/// What a run did, step by step: the material of a timeline.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) steps: Vec<RecordedStep>,
    pub(crate) happenings: Vec<Happening>,
    /// The different stacks that tasks had when they were polled last; steps name them by number.
    pub(crate) stacks: Vec<TaskStack>,
    /// How many steps are left out of the middle, and behind how many.
    pub(crate) omitted: Option<Omitted>,
}

/// What a recording leaves out: a run of millions of steps is told by its beginning and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Omitted {
    /// The number of the last step before the gap.
    pub(crate) behind: usize,
    pub(crate) count: usize,
}

/// One poll, or one step of the lane.
#[derive(Clone, Debug)]
pub(crate) struct RecordedStep {
    /// From 1, as the sentences of choices have it.
    pub(crate) number: usize,
    pub(crate) task: u32,
    /// From 0.
    pub(crate) poll: u32,
    pub(crate) result: PollResult,
    pub(crate) time: Duration,
    /// Where the task waits from here on, or was preempted; none, if it left no waker, or is not to be polled again.
    pub(crate) stack: Option<usize>,
}

/// What came of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PollResult {
    Pending,
    /// It was ready, and had to stop at an operation of tokio.
    Preempted,
    Ready,
    Panicked,
}

/// Something that happened in a step, or between two.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    /// The number of the step; 0 before the first. What happens between two steps has that of the one before.
    pub(crate) step: usize,
    /// Whether it came behind the step.
    pub(crate) is_between: bool,
    pub(crate) time: Duration,
    pub(crate) by: Actor,
    pub(crate) what: What,
}

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    /// The one that is polled or dropped; [`LANE`] is any of `tokio::spawn`.
    Task(u32),
    /// A timer, as time passes.
    Timer,
    /// The simulation, which tells a task that all others are blocked.
    Simulation,
}

impl Actor {
    /// Any task of `tokio::spawn`.
    pub(super) const LANE: Actor = Actor::Task(LANE);
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The task becomes ready.
    Wake { task: u32 },
    /// The task is new, and ready.
    Spawn { task: u32 },
    /// The task is to be dropped when it is next in turn.
    Abort { task: u32 },
    /// The task is dropped before its end.
    Drop { task: u32 },
    /// The test has noted something.
    Note { text: String },
    /// A fake did something unusual.
    Decision { text: String },
    /// An event of `tracing`.
    #[cfg(feature = "tracing")]
    Event { level: &'static str, text: String },
}
