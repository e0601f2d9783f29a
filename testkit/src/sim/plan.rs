//! What a run is to do, and what it has come to.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::time::Duration;

use super::draws::{Draws, Drew};
use super::handle::Sim;
use super::panics::PanicReport;
use super::recording::Recording;
use super::stack::TaskStack;
use super::task::{TaskFuture, TaskSnapshot};
use super::world::Note;
use crate::outcome::FailureKind;
use crate::schedule::{Key, Profile, Schedule, Source};

/// A test: a function of the simulation, called once a run.
pub(crate) type Body = dyn Fn(Sim) -> TaskFuture + Send + Sync;

/// What a run is to do.
pub(crate) struct Plan<'a> {
    pub(crate) source: Source,
    pub(crate) seed: u64,
    pub(crate) limits: Limits,
    pub(crate) mode: Mode,
    /// Where the test was started.
    pub(crate) site: &'static Location<'static>,
    /// Told of each step, for who watches that there is progress.
    pub(crate) heartbeat: &'a Heartbeat,
    pub(crate) draws: &'a Draws,
    /// Whether the run ends where it shows more of them.
    pub(crate) learns: bool,
}

/// Shows that a worker makes progress. It is written in each step, so that it shares no cache line with that of another.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Heartbeat {
    pub(crate) run: AtomicU64,
    pub(crate) steps: AtomicU64,
    /// Which schedule is under way.
    pub(crate) schedule: AtomicUsize,
    /// What the last run has done, as a number: equal for equal interleavings.
    pub(crate) fingerprint: AtomicU64,
    /// Whether any run has had raw tokio tasks, which no schedule orders. It is written when a run is over.
    pub(crate) has_raw_tasks: AtomicBool,
}

/// How far a run goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) steps: u64,
    pub(crate) virtual_time: Duration,
    pub(crate) allow_leaks: bool,
}

/// What a run observes beside its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mode {
    /// Takes the async stack of each task.
    pub(crate) stacks: bool,
    /// Keeps each step.
    pub(crate) trace: bool,
    /// Gives other threads a while before nothing is found to be left that could wake a task.
    pub(crate) patient: bool,
    /// Leaves tasks at its end, instead of dropping them.
    pub(crate) forget: bool,
    /// Takes a profile.
    pub(crate) profile: bool,
    /// Keeps what happens in each step, for a timeline. It is of use only beside a trace and stacks.
    pub(crate) record: bool,
    /// Instead of a probe, watches how the task is woken next.
    pub(crate) watch: Option<Watch>,
}

/// An idle point after which a task seemed to have lost a wakeup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watch {
    pub(crate) idle: u32,
    pub(crate) task: u32,
}

/// What a run has come to.
#[derive(Default)]
pub(crate) struct Ran {
    pub(crate) end: End,
    pub(crate) seed: u64,
    /// The choices that were not the default, in their order.
    pub(crate) departures: Vec<(Key, u32)>,
    pub(crate) steps: u64,
    pub(crate) trace: Vec<Step>,
    pub(crate) tasks: Vec<TaskSnapshot>,
    pub(crate) notes: Vec<Note>,
    /// Raw tokio tasks left over.
    pub(crate) raw_tasks: usize,
    pub(crate) virtual_time: Duration,
    pub(crate) stacks: BTreeMap<u32, TaskStack>,
    /// The stack at which a poll was preempted.
    pub(crate) preemptions: Vec<(Key, TaskStack)>,
    /// What fakes did that is unusual, in a sentence each.
    pub(crate) decisions: Vec<(Key, String)>,
    /// Whether not all choices were there to make that it was to make: it is another schedule than the one that was meant.
    pub(crate) is_incomplete: bool,
    /// What other choices there would have been.
    pub(crate) others: Vec<(Key, u32)>,
    /// How long the tasks are.
    pub(crate) profile: Profile,
    /// What happened step by step, if that was recorded.
    pub(crate) recording: Option<Recording>,
    /// What fakes show of their state at the end.
    pub(crate) exhibits: Vec<String>,
}

impl Ran {
    /// The schedule that it was.
    pub(crate) fn schedule(&self) -> Schedule {
        let departures = self.departures.iter().copied().collect();
        Schedule { seed: self.seed, departures, ..Schedule::default() }
    }

    /// The kind of its failure, and the place: what a smaller schedule must share.
    pub(crate) fn failure(&self) -> Option<(FailureKind, String)> {
        match &self.end {
            End::Failed(finding) => Some((finding.kind(), finding.place(&self.tasks))),
            _ => None,
        }
    }
}

/// One step: which task was polled, or the lane; and how that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) task: u32,
    pub(crate) poll: u32,
    pub(crate) is_ready: bool,
    /// How many tasks were ready behind it.
    pub(crate) woken: u32,
    pub(crate) time: Duration,
    /// How many choices other than the default there had been before it.
    pub(crate) departures: usize,
}

/// How a run ends.
#[derive(Clone, Debug, Default)]
pub(crate) enum End {
    #[default]
    Passed,
    Failed(Finding),
    /// A probe made progress where a timer is still to come. What it means is decided by a run that watches.
    Suspicious(Watch),
    /// Random numbers of tokio's were drawn where that was not known. It is run again, with that known.
    Drew(Drew),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Panic {
        task: u32,
        panic: PanicReport,
        while_dropped: bool,
    },
    Error {
        text: String,
    },
    Deadlock,
    /// Nothing holds a waker of the task, and yet it is ready.
    MissedWaker {
        task: u32,
    },
    /// Something else holds a waker of the task, which hides that it was not woken. `lost` is the virtual time until it
    /// was woken after all; none, if it never was.
    LostWakeup {
        task: u32,
        lost: Option<Duration>,
    },
    TaskLeak,
    /// `next` would have been polled next.
    StepLimit {
        next: u32,
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
}

/// From here on, a heartbeat counts the tasks that are dropped at the end of a run, and not steps.
pub(crate) const DROPPING: u64 = 1 << 62;
