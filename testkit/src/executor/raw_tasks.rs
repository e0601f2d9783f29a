//! Raw tasks: tasks spawned with `tokio::spawn` itself instead of `Sim::spawn` or `di_core::task`. tokio decides their
//! order, so testkit cannot reorder or preempt them.

use std::ops::Range;

use super::execution::Execution;
use super::panics;
use super::state::World;
use super::tokio::{self, DrawSite};
use crate::schedule::{PollPosition, RAW_TASKS};
use crate::trace::Actor;

/// The raw tasks of a run. They share one entry in the run queue. Each step runs one of them, in the order of their
/// wakes.
pub(super) struct RawTasks {
    is_queued: bool,
    /// Number of steps taken.
    steps: u32,
    /// Number of times that the entry was passed over at the head of the run queue since the last step.
    pub(super) passed_over: u32,
    /// Number of random numbers that a step is expected to draw; 0 if no draws are known.
    expected_draws: u32,
}

impl RawTasks {
    pub(super) fn new(run: &Execution<'_>) -> Self {
        let expected_draws = match run.plan.draws.is_any() {
            true => run.world.choices.borrow_mut().select_limit(RAW_TASKS, run.plan.draws.limit(&DrawSite::RawTasks)),
            false => 0,
        };
        RawTasks { is_queued: false, steps: 0, passed_over: 0, expected_draws }
    }

    /// Returns the position of the next step.
    pub(super) fn position(&self) -> PollPosition {
        PollPosition { poll: self.steps, operation: 0 }
    }

    /// Returns whether any raw task has run.
    pub(super) fn have_run(&self) -> bool {
        self.steps > 0
    }

    /// Puts the entry into the run queue if a raw task may be ready.
    #[inline(always)]
    pub(super) fn enqueue(&mut self, run: &Execution<'_>, world: &World) {
        if !self.is_queued && run.engine.tokio.may_run_raw() {
            self.is_queued = true;
            world.run_queue.borrow_mut().push(RAW_TASKS);
        }
    }

    /// Runs one raw task.
    pub(super) fn step(&mut self, run: &mut Execution<'_>) {
        self.is_queued = false;
        let at = self.position();
        (self.steps, self.passed_over) = (self.steps + 1, 0);
        let starts = tokio::start_count(self.expected_draws);
        let start = if self.expected_draws > 0 {
            run.world.choices.borrow_mut().choose_select(RAW_TASKS, at, starts)
        } else {
            0
        };
        let wanted = self.wanted(start);
        run.world.begin_step(Actor::RAW_TASKS);
        let (panics, queued) = (panics::raw_count(), run.world.run_queue.borrow().len());
        let drawn = run.engine.tokio.step_raw(&wanted);
        let is_woken = run.world.run_queue.borrow().len() > queued;
        run.check_raw_panics(panics, is_woken);
        if drawn > 0 {
            run.world.choices.borrow_mut().record_select(RAW_TASKS, at, start, starts);
        }
        self.check_draws(run, drawn);
    }

    /// Returns the wanted ranges of the random numbers that the next step draws. Empty if no draws are known.
    pub(super) fn wanted(&self, start: u32) -> Vec<Range<u32>> {
        if self.expected_draws > 0 { tokio::wanted(self.expected_draws, start) } else { Vec::new() }
    }

    /// Records an unexpected draw if raw tasks drew more random numbers than expected.
    pub(super) fn check_draws(&self, run: &mut Execution<'_>, drawn: u32) {
        run.check_raw_draws(drawn, self.expected_draws);
    }
}
