//! Instrumented polls, which capture async stacks, count operations, and steer tokio's random numbers.

use std::task::Poll;
use std::thread;

use di_core::ambient::TaskEnd;

use super::execution::{Execution, poll_future};
use super::liveness::Watcher;
use super::task::{TaskCell, poll_captured};
use super::tokio::{self, DrawSite, FULL_BUDGET, MAX_STEERED, ThreadRng, UnknownDraw};
use crate::schedule::{ChoiceKey, PollPosition, RAW_TASKS};
use crate::scheduler::PollStart;
use crate::trace::{Actor, CapturedStacks, PollResult, Preemption, TaskState};

impl Execution<'_> {
    /// Polls a task, with instrumentation.
    #[inline(never)]
    pub(super) fn poll_instrumented(
        &mut self,
        polled: PollStart,
        preempted: Option<u32>,
    ) -> thread::Result<Poll<TaskEnd>> {
        let PollStart { task: number, at, .. } = polled;
        let TaskCell { is_drawing, max_draws, .. } = self.engine.cells[number as usize];
        let mut start = 0;
        if is_drawing {
            start = self.world.choices.borrow_mut().choose_select(number, at, tokio::start_count(max_draws));
            self.steer(number, start);
        }
        let budget = preempted.unwrap_or(self.max_operations(number));
        let engine = &mut *self.engine;
        let TaskCell { future: Some(future), waker, wake_state, .. } = &mut engine.cells[number as usize] else {
            unreachable!("a completed task is not polled")
        };
        engine.tokio.budget.set(budget);
        let is_captured = self.plan.observe.stacks || Watcher::captures(self.plan.watch, number, at.poll);
        let result = if is_captured {
            self.world.begin_step(Actor::Task(number));
            poll_captured(number, wake_state, |waker| poll_future(future, waker))
        } else {
            poll_future(future, waker)
        };
        if self.polling.counts_operations {
            let operations = budget.saturating_sub(tokio::left());
            self.log.profile.record_poll(number, operations);
            self.world.choices.borrow_mut().record_operations(polled, operations);
        }
        if self.plan.observe.stacks
            && let Some(operations) = preempted
            && let Some(stack) = CapturedStacks::waiting(number)
        {
            let at = PollPosition { operation: at.operation + operations, ..at };
            let key = ChoiceKey::Preempt { task: number, at };
            self.log.preemptions.push(Preemption { key, stack });
        }
        let count = self.count_drawn();
        if count > 0 {
            self.world.choices.borrow_mut().record_select(number, at, start, tokio::start_count(max_draws));
            self.check_draws(number, count);
        }
        result
    }

    /// Returns the maximum number of operations in one poll of a task.
    pub(super) fn max_operations(&self, number: u32) -> u32 {
        if self.engine.cells[number as usize].max_draws > 0 { 1 } else { FULL_BUDGET }
    }

    /// Returns how many random numbers were drawn since the last call. Returns 0 if the run does not track draws.
    pub(super) fn count_drawn(&mut self) -> u32 {
        let rng = self.engine.tokio.rng.as_mut().filter(|_| self.plan.draws.is_any());
        rng.map_or(0, ThreadRng::count_drawn)
    }

    /// Steers the random numbers that the `select!`s in the next poll of a task draw.
    pub(super) fn steer(&mut self, number: u32, start: u32) {
        let TaskCell { is_drawing, max_draws, .. } = self.engine.cells[number as usize];
        if let Some(rng) = self.engine.tokio.rng.as_mut().filter(|_| is_drawing) {
            rng.steer(&tokio::wanted(max_draws, start));
        }
    }

    /// Records an unexpected draw if a poll of the task drew more random numbers than known so far.
    fn check_draws(&mut self, number: u32, count: u32) {
        let TaskCell { is_drawing, max_draws, .. } = self.engine.cells[number as usize];
        let site = self.world.draw_site(number);
        let draw = match (is_drawing, max_draws) {
            (false, _) => UnknownDraw::At(site),
            (true, 0) if count > 1 => UnknownDraw::Repeated(site, 1),
            (true, 1..MAX_STEERED) if count > max_draws => UnknownDraw::Repeated(site, count.min(MAX_STEERED)),
            _ => return,
        };
        self.add_unknown_draw(draw);
    }

    /// Records an unexpected draw if a step of the raw tasks drew more than `expected` random numbers.
    pub(super) fn check_raw_draws(&mut self, count: u32, expected: u32) {
        if count > expected && expected < MAX_STEERED {
            self.add_unknown_draw(UnknownDraw::Repeated(DrawSite::RawTasks, count.min(MAX_STEERED)));
        }
    }

    /// Ends the run at its first unexpected draw, because the rest of the run may depend on chance.
    fn add_unknown_draw(&mut self, draw: UnknownDraw) {
        if self.plan.ends_at_unknown_draw && self.unknown_draw.is_none() {
            self.unknown_draw = Some(draw);
            self.world.requests.has_any.set(true);
        }
    }

    /// Adds the poll that just ended to the recording.
    #[cold]
    pub(super) fn record_step(&self, task: u32, poll: u32) {
        self.world.record_requests();
        let mut recorder = self.world.observations.recorder.borrow_mut();
        let Some(recorder) = &mut *recorder else { return };
        let (state, is_preempted) = match self.world.tasks.borrow().progress.get(task as usize) {
            Some(task) => (task.state, task.is_preempted),
            None => (TaskState::Alive, false),
        };
        let result = match state {
            TaskState::Done => PollResult::Ready,
            TaskState::Panicked => PollResult::Panicked,
            _ if is_preempted => PollResult::Preempted,
            _ => PollResult::Pending,
        };
        let is_waiting = matches!(result, PollResult::Pending | PollResult::Preempted) && task != RAW_TASKS;
        let stack = if is_waiting { CapturedStacks::with_stack(task, |stack| recorder.stack(stack)) } else { None };
        recorder.end_step(task, poll, result, self.world.elapsed(), stack);
    }
}
