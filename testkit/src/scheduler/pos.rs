use fastrand::Rng;

use super::order::Order;
use super::stepping::step;
use super::{Chooser, First, Line, Polled};

/// Partial order sampling: each event has a random priority, drawn anew for each, and the highest of those that are ready
/// runs.
///
/// Source: Yuan, Yang and Gu 2018, "Partial order aware concurrency sampling". Departures: what a task will do next is not
/// known before it does, so that events which race with the one that ran are not drawn anew (the paper's basic POS); who has
/// been passed over too often runs all the same.
#[derive(Default)]
pub(super) struct Pos {
    rng: Rng,
    order: Order,
    preempts: bool,
}

impl Pos {
    pub(super) fn begin(&mut self, rng: Rng, preempts: bool) {
        self.order.clear();
        (self.rng, self.preempts) = (rng, preempts);
    }
}

impl Chooser for Pos {
    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    #[inline]
    fn run(&mut self, first: First, line: &impl Line) -> Option<usize> {
        let rng = &mut self.rng;
        self.order.take_in(line, |_| rng.u32(1..));
        self.order.take_highest(first, line)
    }

    #[inline]
    fn preempt(&mut self, _: Polled) -> Option<u32> {
        if self.preempts { step(&mut self.rng) } else { None }
    }
}
