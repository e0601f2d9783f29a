//! The algorithm that always takes the default.

use fastrand::Rng;

use super::{Algorithm, PollStart, QueueHead, ReadyTasks, Transfer};
use crate::schedule::{ChoiceKey, PollPosition};

/// First in, first out (FIFO), with the default for every other choice: the simplest order in production.
pub(super) struct Fifo;

impl Algorithm for Fifo {
    fn rng(&mut self) -> &mut Rng {
        unreachable!("FIFO makes no random choices")
    }

    fn choose_task(&mut self, _: QueueHead, _: &impl ReadyTasks) -> Option<usize> {
        None
    }

    fn preempt_after(&mut self, _: PollStart) -> Option<u32> {
        None
    }

    fn choose(&mut self, _: ChoiceKey, _: u32) -> u32 {
        0
    }

    fn decide(&mut self, _: ChoiceKey, _: u32, _: u32) -> u32 {
        0
    }

    fn short_transfer(&mut self, _: &Transfer<'_>) -> Option<u32> {
        None
    }

    fn happens(&mut self, _: ChoiceKey, _: u32) -> bool {
        false
    }

    fn select(&mut self, _: u32, _: PollPosition, _: u32) -> u32 {
        0
    }
}
