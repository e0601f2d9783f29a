use std::ops::Range;

use super::execution::Execution;
use super::panics;
use super::state::World;
use super::tokio::{self, DrawSite};
use crate::schedule::{PollPosition, RAW_TASKS};
use crate::trace::Actor;

/// The tasks that were spawned by `tokio::spawn` itself. They run in the order of their wakes, one per step; together they
/// take one place in the run queue.
pub(super) struct RawTasks {
    is_queued: bool,
    /// Number of steps that they have taken.
    steps: u32,
    /// How often others ran in their place while they were first in the run queue.
    pub(super) passed: u32,
    /// Number of random numbers that a step is expected to draw; 0 if none are known to be drawn.
    draws: u32,
}

impl RawTasks {
    pub(super) fn new(run: &Execution<'_>) -> Self {
        let draws = match run.plan.draws.is_any() {
            true => run.world.choices.borrow_mut().draws(RAW_TASKS, run.plan.draws.limit(&DrawSite::RawTasks)),
            false => 0,
        };
        RawTasks { is_queued: false, steps: 0, passed: 0, draws }
    }

    /// Where their next step begins.
    pub(super) fn position(&self) -> PollPosition {
        PollPosition { poll: self.steps, operation: 0 }
    }

    /// Whether any of them has run.
    pub(super) fn have_run(&self) -> bool {
        self.steps > 0
    }

    /// Puts them into the run queue, if one of them may be ready.
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
        (self.steps, self.passed) = (self.steps + 1, 0);
        let ways = tokio::ways(self.draws);
        let way = if self.draws > 0 { run.world.choices.borrow_mut().begin_selects(RAW_TASKS, at, ways) } else { 0 };
        let wanted = self.wanted(way);
        run.world.begin_step(Actor::RAW_TASKS);
        let drawn = panics::printed(|| run.engine.tokio.step_raw(&wanted));
        if drawn > 0 {
            run.world.choices.borrow_mut().has_begun(RAW_TASKS, at, way, ways);
        }
        self.check_draws(run, drawn);
    }

    /// Ranges of the random numbers that their next step draws, if it is known to draw any.
    pub(super) fn wanted(&self, way: u32) -> Vec<Range<u32>> {
        if self.draws > 0 { tokio::wanted(self.draws, way) } else { Vec::new() }
    }

    /// Notes how many random numbers they drew.
    pub(super) fn check_draws(&self, run: &mut Execution<'_>, drawn: u32) {
        run.check_raw_draws(drawn, self.draws);
    }
}
