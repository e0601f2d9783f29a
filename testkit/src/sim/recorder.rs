//! Makes the recording of a run. Where none is made, steps pay nothing for it: polls that are recorded have wakers of their
//! own anyway, which take stacks, and what was spawned and aborted is seen once the poll is over.

use std::collections::BTreeMap;
use std::time::Duration;

use backtrace::Backtrace;

use super::recording::{Actor, Happening, Omitted, PollResult, RecordedStep, Recording, What};
use super::run::Runner;
use super::stack::{self, TaskStack};
use super::symbols;
use super::task::State;
use super::world::World;
use crate::schedule::LANE;

/// How many steps of a long run are kept: of its beginning, where choices are often made, and of its end.
const FIRST: usize = 1_000;
const LAST: usize = 9_000;

/// A recording under way.
#[derive(Default)]
pub(crate) struct Recorder {
    recording: Recording,
    /// Who acts now, if that is known.
    acting: Option<Actor>,
    /// Whether a step is under way.
    is_stepping: bool,
    /// How many steps are over.
    steps: usize,
    /// How many tasks there were when it was last looked.
    tasks: u32,
    /// The stacks by their addresses: most steps share theirs with others.
    stacks: BTreeMap<Vec<usize>, usize>,
}

impl Recorder {
    fn add(&mut self, time: Duration, what: What) {
        let by = match self.acting {
            Some(by) => by,
            // A timer may also wake a task of `tokio::spawn`, which wakes one of ours before the next step.
            None if tokio::task::try_id().is_some() => Actor::LANE,
            None => Actor::Timer,
        };
        self.add_by(by, time, what);
    }

    fn add_by(&mut self, by: Actor, time: Duration, what: What) {
        let (step, is_between) = (self.steps + usize::from(self.is_stepping), !self.is_stepping);
        self.recording.happenings.push(Happening { step, is_between, time, by, what });
    }

    /// The number of a stack, which is resolved if it is new.
    fn stack(&mut self, stack: &Backtrace) -> usize {
        let addresses = stack.frames().iter().map(|frame| frame.ip() as usize).collect();
        *self.stacks.entry(addresses).or_insert_with(|| {
            self.recording.stacks.push(TaskStack { frames: symbols::resolved(stack), ..TaskStack::default() });
            self.recording.stacks.len() - 1
        })
    }

    fn step(&mut self, step: RecordedStep) {
        self.steps = step.number;
        (self.acting, self.is_stepping) = (None, false);
        self.recording.steps.push(step);
        if self.recording.steps.len() > FIRST + 2 * LAST {
            self.leave_out();
        }
    }

    /// Leaves the middle out, where there is more than is kept.
    fn leave_out(&mut self) {
        let Recording { steps, happenings, omitted, .. } = &mut self.recording;
        let Some(end) = steps.len().checked_sub(LAST).filter(|end| *end > FIRST) else { return };
        steps.drain(FIRST..end);
        let (behind, next) = (steps[FIRST - 1].number, steps[FIRST].number);
        happenings.retain(|happening| happening.step <= behind || happening.step >= next);
        *omitted = Some(Omitted { behind, count: next - behind - 1 });
    }
}

impl World {
    /// Begins a recording, before the test itself is spawned.
    pub(super) fn begin_recording(&self) {
        self.recorder.replace(Some(Box::default()));
    }

    /// Ends it, and returns it.
    pub(super) fn take_recording(&self) -> Option<Recording> {
        let mut recorder = self.recorder.take()?;
        recorder.leave_out();
        Some(recorder.recording)
    }

    /// Notes what happens, if the run is recorded.
    pub(crate) fn record(&self, what: impl FnOnce() -> What) {
        if self.is_probing.get() || self.recorder.borrow().is_none() {
            return;
        }
        // What makes a text of it may be the test's own code, and note something itself.
        let what = what();
        if let Some(recorder) = &mut *self.recorder.borrow_mut() {
            recorder.add(self.elapsed(), what);
        }
    }

    /// Says whose step begins, if the run is recorded.
    pub(super) fn begins_step(&self, actor: Actor) {
        if let Some(recorder) = &mut *self.recorder.borrow_mut() {
            (recorder.acting, recorder.is_stepping) = (Some(actor), true);
        }
    }

    /// Does something between two steps that is somebody's act.
    pub(super) fn acts<R>(&self, actor: Actor, act: impl FnOnce() -> R) -> R {
        if let Some(recorder) = &mut *self.recorder.borrow_mut() {
            recorder.acting = Some(actor);
        }
        let done = act();
        self.record_requests();
        if let Some(recorder) = &mut *self.recorder.borrow_mut() {
            recorder.acting = None;
        }
        done
    }

    /// Notes the tasks that were spawned and aborted since the last time.
    pub(super) fn record_requests(&self) {
        let mut recorder = self.recorder.borrow_mut();
        let Some(recorder) = &mut *recorder else { return };
        let tasks = self.tasks.borrow();
        let count = tasks.hot.len() as u32;
        // Nobody spawns the test itself.
        for task in std::mem::replace(&mut recorder.tasks, count).max(1)..count {
            let parent = Actor::Task(tasks.cold[task as usize].parent);
            let by = recorder.acting.filter(|by| *by == Actor::LANE).unwrap_or(parent);
            recorder.add_by(by, self.elapsed(), What::Spawn { task });
        }
        for &task in self.aborted.borrow().iter() {
            recorder.add(self.elapsed(), What::Abort { task });
        }
    }
}

impl Runner<'_> {
    /// Notes a poll that is over.
    #[cold]
    pub(super) fn record_step(&self, task: u32, poll: u32) {
        self.world.record_requests();
        let mut recorder = self.world.recorder.borrow_mut();
        let Some(recorder) = &mut *recorder else { return };
        let (state, is_stopped) = match self.world.tasks.borrow().hot.get(task as usize) {
            Some(task) => (task.state, task.is_stopped),
            None => (State::Alive, false),
        };
        let result = match state {
            State::Done => PollResult::Ready,
            State::Panicked => PollResult::Panicked,
            _ if is_stopped => PollResult::Preempted,
            _ => PollResult::Pending,
        };
        let goes_on = matches!(result, PollResult::Pending | PollResult::Preempted) && task != LANE;
        let stack = if goes_on { stack::with(task, |stack| recorder.stack(stack)) } else { None };
        let time = self.world.elapsed();
        recorder.step(RecordedStep { number: recorder.steps + 1, task, poll, result, time, stack });
    }
}
