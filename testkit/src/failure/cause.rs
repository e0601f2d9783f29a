//! Causes of failures, and the signatures by which failures are compared.

use std::time::Duration;

use super::{CallStack, Divergence, FailureKind, LateWake, PanicReport};
use crate::trace::TaskSnapshot;

/// The cause of a failed run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FailureCause {
    Panic {
        task: u32,
        panic: PanicReport,
        while_dropped: bool,
        /// Virtual time of the panic.
        time: Duration,
        /// The failure of a task that received this panic from a handle.
        consequence: Option<Box<FailureCause>>,
    },
    /// The test returned an error.
    Error {
        text: String,
    },
    Deadlock {
        /// The tasks that still run; `None` if there are none.
        beside: Option<Ticking>,
    },
    /// The task would make progress if it were polled, but nothing can wake it. Unlike in a
    /// [`FailureCause::LostWakeup`], nothing holds its waker.
    MissedWaker {
        task: u32,
        late: Box<LateWake>,
    },
    /// The task would make progress if it were polled, but was not woken in time. Unlike in a
    /// [`FailureCause::MissedWaker`], something holds its waker.
    LostWakeup {
        task: u32,
        late: Box<LateWake>,
    },
    TaskLeak,
    /// The run took more steps than allowed; `next` would have been polled next.
    StepLimit {
        next: u32,
        /// Set if the run took too many steps without any virtual time passing.
        standing: Option<StandingTime>,
    },
    TimeLimit,
    ForeignWake {
        task: u32,
        thread: String,
    },
    RealIo {
        task: u32,
        panic: PanicReport,
    },
    /// A task made a system call that cannot be simulated.
    SystemCall {
        task: u32,
        call: PanicReport,
    },
    /// A poll, or a drop at the end of the run, did not return.
    Hung {
        step: u64,
        /// The stack of the thread, if it could be sampled.
        stack: CallStack,
    },
    /// Panics that would have aborted the process; the last one was raised while another unwound.
    Aborting {
        panics: Vec<PanicReport>,
        step: u64,
    },
    /// Two runs of one schedule differ, or the second did not fail like the first.
    Nondeterminism {
        divergence: Option<Divergence>,
        first: Option<Box<FailureCause>>,
        /// Whether a schedule fails that passed or got further before other runs, so some state outlives a run.
        has_state: bool,
    },
}

impl FailureCause {
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            FailureCause::Panic { .. } | FailureCause::Aborting { .. } => FailureKind::Panic,
            FailureCause::Error { .. } => FailureKind::Error,
            FailureCause::Deadlock { .. } => FailureKind::Deadlock,
            FailureCause::MissedWaker { .. } => FailureKind::MissedWaker,
            FailureCause::LostWakeup { .. } => FailureKind::LostWakeup,
            FailureCause::TaskLeak => FailureKind::TaskLeak,
            FailureCause::StepLimit { .. } | FailureCause::Hung { .. } => FailureKind::StepLimit,
            FailureCause::TimeLimit => FailureKind::TimeLimit,
            FailureCause::ForeignWake { .. } | FailureCause::RealIo { .. } | FailureCause::SystemCall { .. } => {
                FailureKind::ForeignWake
            }
            FailureCause::Nondeterminism { .. } => FailureKind::Nondeterminism,
        }
    }

    /// Returns whether a task still runs beside a deadlock.
    pub(crate) fn is_beside(&self, task: u32) -> bool {
        self.ticking().is_some_and(|ticking| ticking.tasks.contains(&task))
    }

    /// Returns the tasks that still run beside a deadlock, if there are any.
    pub(crate) fn ticking(&self) -> Option<&Ticking> {
        match self {
            FailureCause::Deadlock { beside } => beside.as_ref(),
            _ => None,
        }
    }

    /// Returns the late wake, if that is the cause.
    pub(crate) fn late_wake(&self) -> Option<&LateWake> {
        match self {
            FailureCause::MissedWaker { late, .. } | FailureCause::LostWakeup { late, .. } => Some(late),
            _ => None,
        }
    }

    /// Returns whether the run also lost its worker thread: a poll hung, or a panic would have aborted the process.
    pub(crate) fn lost_its_thread(&self) -> bool {
        matches!(self, FailureCause::Hung { .. } | FailureCause::Aborting { .. })
    }

    /// Returns the kind and place of the failure. `tasks` are those of its run.
    pub(crate) fn signature(&self, tasks: &[TaskSnapshot]) -> FailureSignature {
        FailureSignature { kind: self.kind(), place: self.place(tasks) }
    }

    /// Returns the place of the failure: the source line of a panic, or the spawn sites of the tasks involved.
    fn place(&self, tasks: &[TaskSnapshot]) -> String {
        let site = |number: u32| tasks.get(number as usize).map(|task| task.site.to_string()).unwrap_or_default();
        match self {
            FailureCause::Panic { panic, .. } => panic.place.clone(),
            FailureCause::MissedWaker { task, .. } | FailureCause::LostWakeup { task, .. } => site(*task),
            FailureCause::Deadlock { .. } | FailureCause::TaskLeak => {
                let is_involved = |task: &&TaskSnapshot| task.is_alive() && !self.is_beside(task.number);
                let mut sites: Vec<_> = tasks.iter().filter(is_involved).map(|task| task.site.to_string()).collect();
                sites.sort();
                sites.dedup();
                sites.join(" ")
            }
            _ => String::new(),
        }
    }
}

/// Virtual time that stands still, because tasks are ready all the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StandingTime {
    /// Number of steps at that time.
    pub(crate) steps: u64,
    pub(crate) time: Duration,
    /// The next timer, if one is pending.
    pub(crate) timer: Option<NextTimer>,
}

/// A timer that is pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NextTimer {
    pub(crate) time: Duration,
    /// The task that it wakes.
    pub(crate) task: u32,
}

/// Tasks that still run beside a deadlock, woken by timers, without waking any of the tasks that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticking {
    pub(crate) tasks: Vec<u32>,
    /// Virtual time since which no task that waits has been polled.
    pub(crate) since: Duration,
}

/// Identifies a failure: two failures with the same kind and place count as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailureSignature {
    pub(crate) kind: FailureKind,
    /// A source line, or spawn sites separated by spaces. Empty if unknown.
    pub(crate) place: String,
}

impl FailureSignature {
    /// Returns whether `other` has all spawn sites of `self`. Both places must be lists of spawn sites.
    pub(crate) fn is_within(&self, other: &FailureSignature) -> bool {
        self.kind == other.kind
            && self.place.split(' ').all(|site| other.place.split(' ').any(|other_site| other_site == site))
    }
}
