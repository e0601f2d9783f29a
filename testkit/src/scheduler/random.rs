//! The random walk, which treats all ready tasks alike.

use fastrand::Rng;

use super::{Algorithm, PollStart, QueueHead, ReadyTasks};

/// One in this many polls is preempted.
const PREEMPT_ONE_IN: u32 = 4;

/// Exclusive upper bound for the number of operations that a preempted poll completes.
const OPERATIONS_BOUND: u32 = 4;

/// Random walk: each ready task is equally likely to run, and one poll in four is preempted.
#[derive(Default)]
pub(super) struct RandomWalk {
    rng: Rng,
    preempts: bool,
}

impl RandomWalk {
    pub(super) fn new(rng: Rng, preempts: bool) -> Self {
        RandomWalk { rng, preempts }
    }
}

impl Algorithm for RandomWalk {
    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    #[inline(always)]
    fn choose_task(&mut self, _: QueueHead, queue: &impl ReadyTasks) -> Option<usize> {
        Some(queue.random_position(&mut self.rng))
    }

    #[inline(always)]
    fn preempt_after(&mut self, _: PollStart) -> Option<u32> {
        if !self.preempts {
            return None;
        }
        // Both are powers of two, so the remainder is unbiased.
        let drawn = self.rng.u32(..) % (PREEMPT_ONE_IN * OPERATIONS_BOUND);
        (drawn < OPERATIONS_BOUND).then_some(drawn)
    }
}
