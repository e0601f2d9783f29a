/// Stands for the raw tasks where a task number is expected.
pub(crate) const RAW_TASKS: u32 = u32::MAX;

/// Progress of a task. A preempted poll and the one that resumes it count as one poll, so a position keeps its meaning
/// whatever is preempted before it.
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
    /// The ready task that runs when `first` is at the head of the run queue and has been passed over `passed` times.
    /// The value is the number of the task; the default is `first`.
    Run { first: u32, at: PollPosition, passed: u32 },
    /// Whether `task` is held back at this position while any other task is ready. One hold replaces a choice for every
    /// other task. No scheduler makes this choice; shrinking uses it to make schedules smaller. The default is no.
    Hold { task: u32, at: PollPosition },
    /// Whether `task` is preempted at this position. The default is no.
    Preempt { task: u32, at: PollPosition },
    /// Choice number `at` that `task` makes through `Sim::choose`, directly or in code that it calls. The default is 0.
    Choose { task: u32, at: u32 },
    /// Behavior of a fake: decision number `at` at its `place`, the number of a byte or a call. The default is normal
    /// behavior.
    Decide { fake: u32, place: u32, at: u32 },
    /// Whether an operation of a fake ends before byte number `place` and leaves the rest to the next operation.
    /// Identified by the byte, not by the operation, so it keeps its meaning whatever else is cut. The default is no.
    Cut { fake: u32, place: u32 },
    /// Whether a future in `Sim::cancel_anywhere` is dropped, at choice number `at` of `task`. The default is no.
    Cancel { task: u32, at: u32 },
    /// Branches at which the `tokio::select!`s in a poll of `task` begin, as the number of a way to steer them. The
    /// default is the first branch.
    Select { task: u32, at: PollPosition },
    /// Limit on the `tokio::select!`s in one poll of `task`, enforced by preempting it. Not a choice: it preserves the
    /// meaning of the other choices.
    Draws { task: u32 },
    /// Whether `task` gets a spurious poll at idle point number `idle` of the simulation. The default is no.
    Probe { idle: u32, task: u32 },
}

impl ChoiceKey {
    /// Returns whether this changes what the test does. Spurious polls that look for missed wakers do not, nor do
    /// limits that preserve the meaning of choices.
    pub(crate) fn is_choice(&self) -> bool {
        !matches!(self, ChoiceKey::Probe { .. } | ChoiceKey::Draws { .. })
    }

    /// Returns whether this choice is about a poll as a whole. No other choice of the same poll can be made both before
    /// and after it.
    pub(crate) fn shows_in_steps(&self) -> bool {
        matches!(self, ChoiceKey::Run { .. } | ChoiceKey::Hold { .. } | ChoiceKey::Preempt { .. })
    }
}
