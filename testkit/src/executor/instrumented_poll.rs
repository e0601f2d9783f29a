//! Polls that are observed: their async stacks, their operations, and the random numbers of tokio that they draw.

use std::task::Poll;
use std::thread;

use di_core::ambient::TaskEnd;

use super::execution::{Execution, poll_future};
use super::task::{TaskCell, poll_captured};
use super::tokio::{self, DrawSite, FULL_BUDGET, MAX_STEERED, ThreadRng, UnknownDraw};
use crate::schedule::{ChoiceKey, PollPosition, RAW_TASKS};
use crate::scheduler::PollStart;
use crate::trace::{Actor, CapturedStacks, PollResult, TaskState};

impl Execution<'_> {
    /// Polls a task and observes the poll.
    #[inline(never)]
    pub(super) fn poll_instrumented(
        &mut self,
        turn: PollStart,
        preempted: Option<u32>,
    ) -> thread::Result<Poll<TaskEnd>> {
        let PollStart { task: number, at, .. } = turn;
        let TaskCell { is_drawing, max_draws, .. } = self.engine.cells[number as usize];
        let mut way = 0;
        if is_drawing {
            way = self.world.choices.borrow_mut().begin_selects(number, at, tokio::ways(max_draws));
            self.steer(number, way);
        }
        let budget = preempted.unwrap_or(self.max_operations(number));
        let engine = &mut *self.engine;
        let TaskCell { future: Some(future), waker, wake_state, .. } = &mut engine.cells[number as usize] else {
            unreachable!("a completed task is not polled")
        };
        engine.tokio.budget.set(budget);
        let polled = if self.plan.observe.stacks {
            self.world.begin_step(Actor::Task(number));
            poll_captured(number, wake_state, |waker| poll_future(future, waker))
        } else {
            poll_future(future, waker)
        };
        if self.polling.counts_operations {
            let operations = budget.saturating_sub(tokio::left());
            self.log.profile.polled(number, operations);
            self.world.choices.borrow_mut().operated(turn, operations);
        }
        if self.plan.observe.stacks
            && let Some(operations) = preempted
            && let Some(stack) = CapturedStacks::of_task(number)
        {
            let at = PollPosition { operation: at.operation + operations, ..at };
            self.log.preemptions.push((ChoiceKey::Preempt { task: number, at }, stack));
        }
        let count = self.count_drawn();
        if count > 0 {
            self.world.choices.borrow_mut().has_begun(number, at, way, tokio::ways(max_draws));
            self.check_draws(number, count);
        }
        polled
    }

    /// Number of operations that a poll of the task may do.
    pub(super) fn max_operations(&self, number: u32) -> u32 {
        if self.engine.cells[number as usize].max_draws > 0 { 1 } else { FULL_BUDGET }
    }

    /// Returns how many random numbers were drawn since the last call, if the run watches that.
    pub(super) fn count_drawn(&mut self) -> u32 {
        let rng = self.engine.tokio.rng.as_mut().filter(|_| self.plan.draws.is_any());
        rng.map_or(0, ThreadRng::count_drawn)
    }

    /// Steers the `select!`s of the next poll of a task.
    pub(super) fn steer(&mut self, number: u32, way: u32) {
        let TaskCell { is_drawing, max_draws, .. } = self.engine.cells[number as usize];
        if let Some(rng) = self.engine.tokio.rng.as_mut().filter(|_| is_drawing) {
            rng.steer(&tokio::wanted(max_draws, way));
        }
    }

    /// Notes it if a poll of the task drew more random numbers than expected.
    fn check_draws(&mut self, number: u32, count: u32) {
        let TaskCell { is_drawing, max_draws, .. } = self.engine.cells[number as usize];
        let site = self.world.draw_site(number);
        let draw = match (is_drawing, max_draws) {
            (false, _) => UnknownDraw::At(site),
            (true, 0) if count > 1 => UnknownDraw::Often(site, 1),
            (true, 1..MAX_STEERED) if count > max_draws => UnknownDraw::Often(site, count.min(MAX_STEERED)),
            _ => return,
        };
        self.add_unknown_draw(draw);
    }

    /// Notes that a step of the raw tasks drew `count` random numbers, of which `expected` were expected.
    pub(super) fn check_raw_draws(&mut self, count: u32, expected: u32) {
        if count > expected && expected < MAX_STEERED {
            self.add_unknown_draw(UnknownDraw::Often(DrawSite::RawTasks, count.min(MAX_STEERED)));
        }
    }

    /// Ends the run at its first unexpected draw. What follows may depend on chance.
    fn add_unknown_draw(&mut self, draw: UnknownDraw) {
        if self.plan.learns && self.unknown_draw.is_none() {
            self.unknown_draw = Some(draw);
            self.world.requests.has_any.set(true);
        }
    }

    /// Records a poll that is over.
    #[cold]
    pub(super) fn record_step(&self, task: u32, poll: u32) {
        self.world.record_requests();
        let mut recorder = self.world.observations.recorder.borrow_mut();
        let Some(recorder) = &mut *recorder else { return };
        let (state, is_stopped) = match self.world.tasks.borrow().progress.get(task as usize) {
            Some(task) => (task.state, task.is_stopped),
            None => (TaskState::Alive, false),
        };
        let result = match state {
            TaskState::Done => PollResult::Ready,
            TaskState::Panicked => PollResult::Panicked,
            _ if is_stopped => PollResult::Preempted,
            _ => PollResult::Pending,
        };
        let is_waiting = matches!(result, PollResult::Pending | PollResult::Preempted) && task != RAW_TASKS;
        let stack = if is_waiting { CapturedStacks::with(task, |stack| recorder.stack(stack)) } else { None };
        recorder.end_step(task, poll, result, self.world.elapsed(), stack);
    }
}
