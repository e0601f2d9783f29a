use std::fmt;

use crate::sim::{Finding, TaskSnapshot};

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

impl Finding {
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Finding::Panic { .. } => FailureKind::Panic,
            Finding::Error { .. } => FailureKind::Error,
            Finding::Deadlock => FailureKind::Deadlock,
            Finding::MissedWaker { .. } => FailureKind::MissedWaker,
            Finding::LostWakeup { .. } => FailureKind::LostWakeup,
            Finding::TaskLeak => FailureKind::TaskLeak,
            Finding::StepLimit { .. } => FailureKind::StepLimit,
            Finding::TimeLimit => FailureKind::TimeLimit,
            Finding::ForeignWake { .. } | Finding::RealIo { .. } => FailureKind::ForeignWake,
        }
    }

    /// Where it is, so that two failures of a kind can be told apart: a source line, or where the tasks were spawned that
    /// it is about.
    pub(crate) fn place(&self, tasks: &[TaskSnapshot]) -> String {
        let site = |number: u32| tasks.get(number as usize).map(|task| task.site.to_string()).unwrap_or_default();
        match self {
            Finding::Panic { panic, .. } => panic.place.clone(),
            Finding::MissedWaker { task } | Finding::LostWakeup { task, .. } => site(*task),
            Finding::Deadlock | Finding::TaskLeak => {
                let mut sites: Vec<_> =
                    tasks.iter().filter(|task| task.is_alive()).map(|task| task.site.to_string()).collect();
                sites.sort();
                sites.dedup();
                sites.join(" ")
            }
            _ => String::new(),
        }
    }
}

/// Whether a place of a deadlock or a leak, as [`Finding::place`] has it, has no sites but those of another.
pub(crate) fn is_within(place: &str, other: &str) -> bool {
    place.split(' ').all(|site| other.split(' ').any(|others| others == site))
}
