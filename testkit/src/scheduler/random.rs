use fastrand::Rng;

use super::{Chooser, First, Line, Polled};

/// One poll in so many is preempted.
const PREEMPTED: u32 = 4;

/// A preempted poll gets through fewer operations than this.
const OPERATIONS: u32 = 4;

/// A random walk: each of the ready tasks is as likely to run as another, and one poll in four is preempted.
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

impl Chooser for RandomWalk {
    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    #[inline(always)]
    fn run(&mut self, _: First, line: &impl Line) -> Option<usize> {
        Some(line.any_place(&mut self.rng))
    }

    #[inline(always)]
    fn preempt(&mut self, _: Polled) -> Option<u32> {
        if !self.preempts {
            return None;
        }
        // Both are powers of two, so that the bits of one number do.
        let drawn = self.rng.u32(..) % (PREEMPTED * OPERATIONS);
        (drawn < OPERATIONS).then_some(drawn)
    }
}
