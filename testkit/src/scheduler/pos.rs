use fastrand::Rng;

use super::order::Order;
use super::stepping::step;
use super::{Algorithm, PollStart, QueueHead, ReadyTasks};

/// Partial order sampling (POS): each event draws a new random priority, and the ready event with the highest priority
/// runs.
///
/// Source: Yuan, Yang and Gu 2018, "Partial order aware concurrency sampling". Differences: the next event of a task is
/// not known in advance, so events that race with the one that ran keep their priorities (the paper's basic POS). A
/// task that was passed over too often runs regardless of priority.
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

impl Algorithm for Pos {
    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    #[inline]
    fn run(&mut self, first: QueueHead, line: &impl ReadyTasks) -> Option<usize> {
        let rng = &mut self.rng;
        self.order.take_in(line, |_| rng.u32(1..));
        self.order.take_highest(first, line)
    }

    #[inline]
    fn preempt(&mut self, _: PollStart) -> Option<u32> {
        if self.preempts { step(&mut self.rng) } else { None }
    }
}
