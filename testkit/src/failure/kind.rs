use std::fmt;

/// What kind of failure a test has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// A task has panicked, and nobody was told of it; or the test itself has.
    Panic,
    /// Tasks wait, and nothing is left that could wake them.
    Deadlock,
    /// A task would be ready, but its future has left no waker: it can never be woken.
    MissedWaker,
    /// A task would be ready, and was not woken: only a sibling's waker is left, which hides it.
    LostWakeup,
    /// Tasks are left when the test is over.
    TaskLeak,
    /// The test takes too many steps, or a poll does not return.
    StepLimit,
    /// The test takes too much virtual time.
    TimeLimit,
    /// The same schedule has not done the same twice.
    Nondeterminism,
    /// Another thread, or real IO, takes part.
    ForeignWake,
    /// The test has returned an error.
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
