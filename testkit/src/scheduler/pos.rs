//! Partial order sampling: a new random priority for each event.

use fastrand::Rng;

use super::preemption::preempt_anywhere;
use super::priority_queue::PriorityQueue;
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
    priorities: PriorityQueue,
    preempts: bool,
}

impl Pos {
    pub(super) fn begin(&mut self, rng: Rng, preempts: bool) {
        self.priorities.clear();
        (self.rng, self.preempts) = (rng, preempts);
    }
}

impl Algorithm for Pos {
    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    #[inline]
    fn choose_task(&mut self, first: QueueHead, queue: &impl ReadyTasks) -> Option<usize> {
        let rng = &mut self.rng;
        self.priorities.add_new(queue, |_| rng.u32(1..));
        self.priorities.pop_highest(first, queue)
    }

    #[inline]
    fn preempt_after(&mut self, _: PollStart) -> Option<u32> {
        if self.preempts { preempt_anywhere(&mut self.rng) } else { None }
    }
}
