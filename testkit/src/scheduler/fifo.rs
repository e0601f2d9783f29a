use fastrand::Rng;

use super::{Algorithm, Cut, PollStart, QueueHead, ReadyTasks};
use crate::schedule::{ChoiceKey, PollPosition};

/// First in, first out, and the default for every other choice: the simplest order in production.
pub(super) struct Fifo;

impl Algorithm for Fifo {
    fn rng(&mut self) -> &mut Rng {
        unreachable!("FIFO makes no random choices")
    }

    fn run(&mut self, _: QueueHead, _: &impl ReadyTasks) -> Option<usize> {
        None
    }

    fn preempt(&mut self, _: PollStart) -> Option<u32> {
        None
    }

    fn choose(&mut self, _: ChoiceKey, _: u32) -> u32 {
        0
    }

    fn decide(&mut self, _: ChoiceKey, _: u32, _: u32) -> u32 {
        0
    }

    fn cut(&mut self, _: &Cut<'_>) -> Option<u32> {
        None
    }

    fn happens(&mut self, _: ChoiceKey, _: u32) -> bool {
        false
    }

    /// Makes every spurious poll that can reveal a missed waker.
    fn probe(&mut self, _: ChoiceKey) -> bool {
        true
    }

    fn select(&mut self, _: u32, _: PollPosition, _: u32) -> u32 {
        0
    }
}
