use fastrand::Rng;

use super::{Chooser, Cut, First, Line, Polled};
use crate::schedule::{At, Key};

/// First in, first out, and the default for every other choice: the simplest order in production.
pub(super) struct Fifo;

impl Chooser for Fifo {
    fn rng(&mut self) -> &mut Rng {
        unreachable!("FIFO makes no random choices")
    }

    fn run(&mut self, _: First, _: &impl Line) -> Option<usize> {
        None
    }

    fn preempt(&mut self, _: Polled) -> Option<u32> {
        None
    }

    fn choose(&mut self, _: Key, _: u32) -> u32 {
        0
    }

    fn decide(&mut self, _: Key, _: u32, _: u32) -> u32 {
        0
    }

    fn cut(&mut self, _: &Cut<'_>) -> Option<u32> {
        None
    }

    fn happens(&mut self, _: Key, _: u32) -> bool {
        false
    }

    /// Makes every spurious poll that can reveal a missed waker.
    fn probe(&mut self, _: Key) -> bool {
        true
    }

    fn select(&mut self, _: u32, _: At, _: u32) -> u32 {
        0
    }
}
