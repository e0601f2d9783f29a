/// The lane of raw tokio tasks, where a task's number is asked for.
pub(crate) const LANE: u32 = u32::MAX;

/// How far a task has come. A poll that is preempted goes on in the next one, as if it were the same: so, a place means the
/// same whatever is preempted before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct At {
    /// The number of its poll.
    pub(crate) poll: u32,
    /// How many operations of tokio it has done in there.
    pub(crate) operation: u32,
}

/// A place where something is chosen. Tasks go by their numbers, in the order in which they were spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    /// Which of the ready tasks runs, where `first` is first in line, and has been passed over `passed` times. The choice is
    /// the number of the task; by default `first`.
    Run { first: u32, at: At, passed: u32 },
    /// Whether `task` is held back there as long as another is ready: one choice in place of as many as there are others. No
    /// search makes it, but a schedule becomes smaller by it. By default not.
    Hold { task: u32, at: At },
    /// Whether `task` is preempted there. By default not.
    Preempt { task: u32, at: At },
    /// The choice number `at` that `task` makes by `Sim::choose`, or that its code makes by it. By default 0.
    Choose { task: u32, at: u32 },
    /// How a fake behaves, the thing number `at` that is decided at its `place`, a byte's or a call's number. By default as
    /// usual.
    Decide { fake: u32, place: u32, at: u32 },
    /// Whether an operation of a fake ends before the byte number `place`, and what comes behind is left to the next. It goes
    /// by the byte, and not by the operation: so it means the same whatever else is cut. By default not.
    Cut { fake: u32, place: u32 },
    /// Whether a future in `Sim::cancel_anywhere` is dropped, in the choice number `at` that `task` makes. By default not.
    Cancel { task: u32, at: u32 },
    /// Where the `tokio::select!`s of a poll of `task` begin, as one of the ways to steer them. By default at the first branch.
    Select { task: u32, at: At },
    /// How many `tokio::select!`s there may be in a poll of `task`, which is preempted so that there are no more. It is no
    /// choice, but what makes the others mean the same.
    Draws { task: u32 },
    /// Whether `task` is polled without a wake when the simulation is idle for the time number `idle`. By default not.
    Probe { idle: u32, task: u32 },
}

impl Key {
    /// Whether it changes what the test does. How the simulation looks, and sees to it that choices mean the same, does not.
    pub(crate) fn is_choice(&self) -> bool {
        !matches!(self, Key::Probe { .. } | Key::Draws { .. })
    }

    /// Whether it is of a poll as a whole: no other choice of the same poll can be both before it and behind it.
    pub(crate) fn is_of_poll(&self) -> bool {
        matches!(self, Key::Run { .. } | Key::Hold { .. } | Key::Preempt { .. })
    }
}
