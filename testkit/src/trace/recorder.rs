//! Records a run step by step, and keeps only the beginning and the end of a long one.

use std::collections::BTreeMap;
use std::time::Duration;

use backtrace::Backtrace;

use super::recording::{Actor, Event, Omitted, RecordedEvent, RecordedStep, Recording};
use super::symbols;
use super::{PollResult, TaskStack};

/// Number of steps kept from the beginning of a long run, where choices are often made.
const FIRST: usize = 1_000;

/// Number of steps kept from the end of a long run.
const LAST: usize = 9_000;

/// Builds the [`Recording`] of a run.
///
/// Costs nothing in runs that are not recorded: the wakers of a recorded run capture stacks anyway, and spawned and
/// aborted tasks are noticed once the poll is over.
#[derive(Default)]
pub(crate) struct Recorder {
    recording: Recording,
    /// Cause of the events that follow, if known.
    actor: Option<Actor>,
    is_stepping: bool,
    /// Number of completed steps.
    steps: usize,
    /// Number of tasks with a recorded `Spawn` event.
    tasks: u32,
    /// Index of each stack by its return addresses. Most steps share a stack with others.
    stacks: BTreeMap<Vec<usize>, usize>,
}

impl Recorder {
    /// Begins a step of `actor`.
    pub(crate) fn begin_step(&mut self, actor: Actor) {
        (self.actor, self.is_stepping) = (Some(actor), true);
    }

    /// Sets the cause of events between two steps, or clears it.
    pub(crate) fn set_actor(&mut self, actor: Option<Actor>) {
        self.actor = actor;
    }

    /// Records an event. `otherwise` is its cause if no actor is set.
    pub(crate) fn add(&mut self, time: Duration, event: Event, otherwise: impl FnOnce() -> Actor) {
        let by = self.actor.unwrap_or_else(otherwise);
        self.add_by(by, time, event);
    }

    /// Records the tasks that were spawned since the last call. `count` is the number of tasks now, and `parent`
    /// returns the task that spawned a task.
    pub(crate) fn add_spawned(&mut self, time: Duration, count: u32, parent: impl Fn(u32) -> u32) {
        // The test itself is not spawned by any task.
        for task in std::mem::replace(&mut self.tasks, count).max(1)..count {
            let is_raw = self.actor == Some(Actor::RAW_TASKS);
            let by = if is_raw { Actor::RAW_TASKS } else { Actor::Task(parent(task)) };
            self.add_by(by, time, Event::Spawn { task });
        }
    }

    /// Ends the current step.
    pub(crate) fn end_step(&mut self, task: u32, poll: u32, result: PollResult, time: Duration, stack: Option<usize>) {
        self.steps += 1;
        (self.actor, self.is_stepping) = (None, false);
        self.recording.steps.push(RecordedStep { number: self.steps, task, poll, result, time, stack });
        if self.recording.steps.len() > FIRST + 2 * LAST {
            self.omit_middle();
        }
    }

    /// Returns the index of a stack. Adds and resolves the stack if it is new.
    pub(crate) fn stack(&mut self, stack: &Backtrace) -> usize {
        let addresses = stack.frames().iter().map(|frame| frame.ip() as usize).collect();
        *self.stacks.entry(addresses).or_insert_with(|| {
            self.recording.stacks.push(TaskStack { frames: symbols::resolved(stack), ..TaskStack::default() });
            self.recording.stacks.len() - 1
        })
    }

    /// Returns the recording.
    pub(crate) fn finish(mut self) -> Recording {
        self.omit_middle();
        self.recording
    }

    fn add_by(&mut self, by: Actor, time: Duration, event: Event) {
        let (step, is_between) = (self.steps + usize::from(self.is_stepping), !self.is_stepping);
        self.recording.events.push(RecordedEvent { step, is_between, time, by, event });
    }

    /// Drops the middle of the recording, if it is too long.
    fn omit_middle(&mut self) {
        let Recording { steps, events, omitted, .. } = &mut self.recording;
        let Some(end) = steps.len().checked_sub(LAST).filter(|end| *end > FIRST) else { return };
        steps.drain(FIRST..end);
        let (after, next) = (steps[FIRST - 1].number, steps[FIRST].number);
        events.retain(|event| event.step <= after || event.step >= next);
        *omitted = Some(Omitted { after, count: next - after - 1 });
    }
}
