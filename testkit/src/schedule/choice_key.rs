//! Keys that identify a choice from run to run.

/// Stands for the raw tasks (tasks spawned with `tokio::spawn` itself) in place of a task number.
pub(crate) const RAW_TASKS: u32 = u32::MAX;

/// Position in the polls of a task. A preempted poll and the poll that resumes it count as one poll, so a position
/// keeps its meaning when preemptions before it are added or removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PollPosition {
    /// Number of the poll.
    pub(crate) poll: u32,
    /// Number of tokio operations completed in that poll.
    pub(crate) operation: u32,
}

/// Identifies a choice. Tasks are identified by number, in spawn order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ChoiceKey {
    /// The task that runs when `first`, at this position, is at the head of the run queue and was passed over there
    /// `passed_over` times. The value is the number of the task that runs. The default is `first`.
    Run { first: u32, at: PollPosition, passed_over: u32 },
    /// Whether `task` is held back at this position: all other ready tasks run first. One hold replaces a
    /// [`ChoiceKey::Run`] for each task that runs before it. No scheduler makes this choice; shrinking uses it to make
    /// schedules smaller. The default is no.
    Hold { task: u32, at: PollPosition },
    /// Whether `task` is preempted at this position. The default is no.
    Preempt { task: u32, at: PollPosition },
    /// Choice number `index` that `task` makes with `Sim::choose`. The default is 0.
    Choose { task: u32, index: u32 },
    /// Behavior of a fake: decision number `index` at `position`, the number of a byte or a call. The default is 0,
    /// normal behavior.
    Decide { fake: u32, position: u32, index: u32 },
    /// Whether a transfer of a fake ends before byte number `end` and leaves the rest to the next operation. Identified
    /// by the byte, not by the operation, so it keeps its meaning when other transfers change. The default is no.
    ShortTransfer { fake: u32, end: u32 },
    /// Whether a future passed to `Sim::cancel_anywhere` is dropped, at choice number `index` of `task`. The default is
    /// no.
    Cancel { task: u32, index: u32 },
    /// Branches at which the `tokio::select!`s in a poll of `task` begin. The value is the number of a combination of
    /// branches. The default is the first branch of each.
    Select { task: u32, at: PollPosition },
    /// Maximum number of `tokio::select!`s in one poll of `task`, enforced by preemption after each operation. Not a
    /// choice: it preserves the meaning of the other choices.
    SelectLimit { task: u32 },
}

impl ChoiceKey {
    /// Returns whether this choice changes the behavior of the test. Limits do not: they preserve the meaning of other
    /// choices.
    pub(crate) fn is_choice(&self) -> bool {
        !matches!(self, ChoiceKey::SelectLimit { .. })
    }

    /// Returns whether this choice decides which task is polled, or for how long. The steps of a run show such choices.
    /// They have a fixed order relative to all other choices of the same poll.
    pub(crate) fn is_scheduling(&self) -> bool {
        matches!(self, ChoiceKey::Run { .. } | ChoiceKey::Hold { .. } | ChoiceKey::Preempt { .. })
    }
}
