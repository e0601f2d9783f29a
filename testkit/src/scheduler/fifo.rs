use fastrand::Rng;

use super::{Chooser, Cut, First, Line, Polled};
use crate::schedule::{At, Key};

/// First in, first out, and nothing unusual: what production would do most plainly.
pub(super) struct Fifo;

impl Chooser for Fifo {
    fn rng(&mut self) -> &mut Rng {
        unreachable!("it leaves nothing to chance")
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

    /// Wherever it tells anything.
    fn probe(&mut self, _: Key) -> bool {
        true
    }

    fn select(&mut self, _: u32, _: At, _: u32) -> u32 {
        0
    }
}
