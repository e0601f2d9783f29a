//! Polls of which more is to be seen than their end: async stacks, and what random numbers of tokio's they draw.

use std::ops::Range;
use std::task::Poll;

use di_core::ambient::TaskEnd;

use super::budget::{self, USUAL};
use super::draws::{self, Drew, Site};
use super::panics;
use super::recording::Actor;
use super::run::{Runner, polled};
use super::slot::Slot;
use super::stack;
use super::thread_rng::ThreadRng;
use crate::schedule::{At, Key, LANE, Polled};

impl Runner<'_> {
    /// Polls a task of which more is to be seen.
    #[inline(never)]
    pub(super) fn poll_closely(&mut self, turn: Polled, preempted: Option<u32>) -> std::thread::Result<Poll<TaskEnd>> {
        let Polled { task: number, at, .. } = turn;
        let Slot { is_drawing, draws, .. } = self.engine.slots[number as usize];
        let mut way = 0;
        if is_drawing {
            way = self.world.choices.borrow_mut().begin_selects(number, at, draws::ways(draws));
            self.steer(number, way);
        }
        let budget = preempted.unwrap_or(self.limit(number));
        let engine = &mut *self.engine;
        let Slot { future: Some(future), waker, waking, .. } = &mut engine.slots[number as usize] else {
            unreachable!("who has ended is not polled")
        };
        engine.budget.set(budget);
        let polled = if self.plan.mode.stacks {
            self.world.begins_step(Actor::Task(number));
            stack::capture(number, waking, |waker| polled(future, waker))
        } else {
            polled(future, waker)
        };
        if self.counts_operations {
            let operations = budget.saturating_sub(budget::left());
            self.profile.polled(number, operations);
            self.world.choices.borrow_mut().operated(turn, operations);
        }
        if self.plan.mode.stacks
            && let Some(operations) = preempted
            && let Some(stack) = stack::of(number)
        {
            let at = At { operation: at.operation + operations, ..at };
            self.preemptions.push((Key::Preempt { task: number, at }, stack));
        }
        let count = self.count_drawn();
        if count > 0 {
            self.world.choices.borrow_mut().has_begun(number, at, way, draws::ways(draws));
            self.learn_of(number, count);
        }
        polled
    }

    /// How many operations a poll of the task has at the most.
    pub(super) fn limit(&self, number: u32) -> u32 {
        if self.engine.slots[number as usize].draws > 0 { 1 } else { USUAL }
    }

    /// How many random numbers were drawn since the last call, where that is of interest.
    pub(super) fn count_drawn(&mut self) -> u32 {
        let rng = self.engine.rng.as_mut().filter(|_| self.plan.draws.is_any());
        rng.map_or(0, ThreadRng::count_drawn)
    }

    /// Has the `select!`s of the next poll of a task begin in one of the ways.
    pub(super) fn steer(&mut self, number: u32, way: u32) {
        let Slot { is_drawing, draws, .. } = self.engine.slots[number as usize];
        if let Some(rng) = self.engine.rng.as_mut().filter(|_| is_drawing) {
            rng.steer(&draws::wanted(draws, way));
        }
    }

    /// A poll of the task has drawn so many random numbers: what of it was not known?
    fn learn_of(&mut self, number: u32, count: u32) {
        let Slot { is_drawing, draws, .. } = self.engine.slots[number as usize];
        let site = self.world.site(number);
        let drew = match (is_drawing, draws) {
            (false, _) => Drew::At(site),
            (true, 0) if count > 1 => Drew::Often(site, 1),
            (true, 1..draws::MOST) if count > draws => Drew::Often(site, count.min(draws::MOST)),
            _ => return,
        };
        self.learn(drew);
    }

    /// The first that a run has shown anew ends it: what comes behind may be by chance.
    fn learn(&mut self, drew: Drew) {
        if self.plan.learns && self.drew.is_none() {
            self.drew = Some(drew);
            self.world.has_requests.set(true);
        }
    }

    /// Has the lane run one of its tasks.
    pub(super) fn step_lane(&mut self) {
        let (steps, draws) = (self.lane.0, self.lane_draws);
        self.lane = (steps + 1, 0);
        let ways = draws::ways(draws);
        let at = At { poll: steps, operation: 0 };
        let way = if draws > 0 { self.world.choices.borrow_mut().begin_selects(LANE, at, ways) } else { 0 };
        let wanted = self.wanted_of_lane(way);
        self.world.begins_step(Actor::LANE);
        let drawn = panics::printed(|| self.engine.step_lane(&wanted));
        if drawn > 0 {
            self.world.choices.borrow_mut().has_begun(LANE, at, way, ways);
        }
        self.learn_of_lane(drawn);
    }

    /// What random numbers of the lane are to be, if it is known to draw any.
    pub(super) fn wanted_of_lane(&self, way: u32) -> Vec<Range<u32>> {
        if self.lane_draws > 0 { draws::wanted(self.lane_draws, way) } else { Vec::new() }
    }

    /// A step of the lane has drawn so many random numbers.
    pub(super) fn learn_of_lane(&mut self, drawn: u32) {
        if drawn > self.lane_draws && self.lane_draws < draws::MOST {
            self.learn(Drew::Often(Site::Lane, drawn.min(draws::MOST)));
        }
    }
}
