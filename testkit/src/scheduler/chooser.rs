use fastrand::Rng;

use super::{First, Line, Polled};
use crate::schedule::{At, Key};

/// One idle point in so many is used to probe, unless each of them is.
const PROBED: u32 = 4;

/// Makes choices. What is not about whose turn it is, one strategy leaves to chance like the other.
pub(crate) trait Chooser {
    /// Chance, as far as it is left to that.
    fn rng(&mut self) -> &mut Rng;

    /// The place in line of the task that runs; none for the first. There are at least two in line.
    fn run(&mut self, first: First, line: &impl Line) -> Option<usize>;

    /// A task is polled: after how many operations is it preempted, if it is?
    fn preempt(&mut self, polled: Polled) -> Option<u32>;

    /// One of `count` ways, of which 0 is the default.
    fn choose(&mut self, _: Key, count: u32) -> u32 {
        self.rng().u32(..count)
    }

    /// One of `count` ways, of which 0 is the default, and all but one in so many are.
    fn decide(&mut self, _: Key, count: u32, once_in: u32) -> u32 {
        if count < 2 || self.rng().u32(..once_in) != 0 { 0 } else { self.rng().u32(1..count) }
    }

    /// Before which byte an operation of a fake ends, if before any but the last.
    fn cut(&mut self, cut: &Cut<'_>) -> Option<u32> {
        if self.rng().u32(..cut.once_in) != 0 { None } else { self.rng().choice(cut.places).copied() }
    }

    /// Whether something happens that by default does not.
    fn happens(&mut self, _: Key, once_in: u32) -> bool {
        self.rng().u32(..once_in) == 0
    }

    /// Whether a task is polled without a wake.
    fn probe(&mut self, _: Key) -> bool {
        self.rng().u32(..PROBED) == 0
    }

    /// In which of so many ways the `select!`s of a poll begin.
    fn select(&mut self, task: u32, at: At, ways: u32) -> u32 {
        // Of the place alone: other choices are not to depend on whose polls are known to have `select!`s in them.
        let place = u64::from(task) << 32 | u64::from(at.poll << 8) ^ u64::from(at.operation);
        Rng::with_seed(self.rng().get_seed() ^ place).u32(..ways)
    }
}

/// Where an operation of a fake may end.
pub(crate) struct Cut<'a> {
    pub(crate) fake: u32,
    /// The byte at which it begins, and how many it could move.
    pub(crate) from: u32,
    pub(crate) size: u32,
    /// Where it is of interest.
    pub(crate) places: &'a [u32],
    pub(crate) once_in: u32,
}
