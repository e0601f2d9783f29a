//! The kinds of failures that users can match on.

use std::fmt;

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The test panicked, or a task panicked and nothing observed the panic through its handle.
    Panic,
    /// Tasks are waiting, and nothing is left that could wake them.
    Deadlock,
    /// A task would make progress if it were polled, but its future registered no waker, so nothing can wake it. Unlike
    /// in a [`LostWakeup`](FailureKind::LostWakeup), no waker of the task is left anywhere.
    MissedWaker,
    /// A task would make progress if it were polled, but was not woken in time. Unlike in a
    /// [`MissedWaker`](FailureKind::MissedWaker), a waker of the task is still registered, for example by another part
    /// of its future.
    LostWakeup,
    /// Tasks are still alive when the test is over.
    TaskLeak,
    /// The test takes too many steps, or a poll does not return.
    StepLimit,
    /// The test takes too much virtual time.
    TimeLimit,
    /// Two runs of the same schedule differ.
    Nondeterminism,
    /// Another thread wakes a task, or a task performs real IO.
    ForeignWake,
    /// The test returned an error.
    Error,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FailureKind::Panic => "panic",
            FailureKind::Deadlock => "deadlock",
            FailureKind::MissedWaker => "missed waker",
            FailureKind::LostWakeup => "lost wakeup",
            FailureKind::TaskLeak => "task leak",
            FailureKind::StepLimit => "step limit",
            FailureKind::TimeLimit => "time limit",
            FailureKind::Nondeterminism => "nondeterminism",
            FailureKind::ForeignWake => "foreign wake",
            FailureKind::Error => "error",
        })
    }
}
