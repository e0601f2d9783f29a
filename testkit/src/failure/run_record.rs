//! The observations of one run, from which failures are compared and explained.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{FailureCause, FailureSignature};
use crate::schedule::{Deviation, Schedule};
use crate::scheduler::Profile;
use crate::trace::{Decision, ForeignThread, Holder, Note, Preemption, Recording, Step, TaskSnapshot, TaskStack};

/// Result of one run, with the details that were observed.
#[derive(Default)]
pub(crate) struct RunRecord {
    /// Why the run failed; `None` if it passed.
    pub(crate) failure: Option<FailureCause>,
    pub(crate) seed: u64,
    /// The deviations, in the order in which they were made.
    pub(crate) deviations: Vec<Deviation>,
    pub(crate) steps: u64,
    pub(crate) trace: Vec<Step>,
    pub(crate) tasks: Vec<TaskSnapshot>,
    pub(crate) notes: Vec<Note>,
    /// Number of raw tasks that had not completed.
    pub(crate) raw_tasks: usize,
    pub(crate) virtual_time: Duration,
    /// Threads that do not belong to the simulation, if the run captured stacks.
    pub(crate) foreign_threads: Vec<ForeignThread>,
    pub(crate) stacks: BTreeMap<u32, TaskStack>,
    /// The tasks that hold the lock or the permits that each task waits for, where they are known.
    pub(crate) lock_holders: BTreeMap<u32, Vec<Holder>>,
    /// The stack at each preemption.
    pub(crate) preemptions: Vec<Preemption>,
    /// Deviations made by fakes, each described in a sentence.
    pub(crate) decisions: Vec<Decision>,
    /// Whether the hooks of `cargo testkit` had a part in the run, so that it cannot be replayed without them.
    pub(crate) needs_hooks: bool,
    /// Whether the run could not make all deviations of its schedule, and so ran a different schedule.
    pub(crate) is_incomplete: bool,
    /// Other choices that the run could have made.
    pub(crate) alternatives: Vec<Deviation>,
    /// Number of steps of each task.
    pub(crate) profile: Profile,
    /// The steps and events, if the run was recorded.
    pub(crate) recording: Option<Recording>,
    /// States of the fakes at the end of the run.
    pub(crate) fake_states: Vec<String>,
}

impl RunRecord {
    /// Returns the schedule of the run.
    pub(crate) fn schedule(&self) -> Schedule {
        let deviations = self.deviations.iter().map(|deviation| (deviation.key, deviation.value)).collect();
        Schedule { seed: self.seed, deviations, needs_hooks: self.needs_hooks, ..Schedule::default() }
    }

    /// Returns the signature of the failure that ended the run. A shrunk schedule must have the same one.
    pub(crate) fn signature(&self) -> Option<FailureSignature> {
        self.failure.as_ref().map(|cause| cause.signature(&self.tasks))
    }
}
