use fastrand::Rng;

use super::{PollStart, QueueHead, ReadyTasks};
use crate::schedule::{ChoiceKey, PollPosition};

/// Random schedulers make a spurious poll at one in this many idle points.
const PROBE_ONE_IN: u32 = 4;

/// Makes the choices of a run. The provided methods choose at random; schedulers differ in which task runs and where it
/// is preempted.
pub(crate) trait Algorithm {
    /// Returns the generator for random choices.
    fn rng(&mut self) -> &mut Rng;

    /// Chooses the task that runs, of two or more in the run queue. Returns its place, or `None` for the head of the
    /// queue.
    fn run(&mut self, first: QueueHead, line: &impl ReadyTasks) -> Option<usize>;

    /// Chooses whether the poll is preempted. Returns after how many operations, or `None` for no preemption.
    fn preempt(&mut self, polled: PollStart) -> Option<u32>;

    /// Chooses one of `count` alternatives; 0 is the default.
    fn choose(&mut self, _: ChoiceKey, count: u32) -> u32 {
        self.rng().u32(..count)
    }

    /// Chooses one of `count` alternatives; 0 is the default, and all but one in `once_in` choices take it.
    fn decide(&mut self, _: ChoiceKey, count: u32, once_in: u32) -> u32 {
        if count < 2 || self.rng().u32(..once_in) != 0 { 0 } else { self.rng().u32(1..count) }
    }

    /// Chooses the byte before which an operation of a fake ends, or `None` to complete it.
    fn cut(&mut self, cut: &Cut<'_>) -> Option<u32> {
        if self.rng().u32(..cut.once_in) != 0 { None } else { self.rng().choice(cut.places).copied() }
    }

    /// Chooses whether something happens that by default does not.
    fn happens(&mut self, _: ChoiceKey, once_in: u32) -> bool {
        self.rng().u32(..once_in) == 0
    }

    /// Chooses whether a task gets a spurious poll.
    fn probe(&mut self, _: ChoiceKey) -> bool {
        self.rng().u32(..PROBE_ONE_IN) == 0
    }

    /// Chooses one of `ways` in which the `select!`s of a poll begin.
    fn select(&mut self, task: u32, at: PollPosition, ways: u32) -> u32 {
        // Depends on the position alone: other choices must not depend on which tasks are known to have `select!`s.
        let place = u64::from(task) << 32 | u64::from(at.poll << 8) ^ u64::from(at.operation);
        Rng::with_seed(self.rng().get_seed() ^ place).u32(..ways)
    }
}

/// Places where an operation of a fake may end.
pub(crate) struct Cut<'a> {
    pub(crate) fake: u32,
    /// Byte at which the operation begins.
    pub(crate) from: u32,
    /// Number of bytes that it could transfer.
    pub(crate) size: u32,
    /// Bytes before which random schedulers may end it.
    pub(crate) places: &'a [u32],
    /// Random schedulers end one in this many operations early.
    pub(crate) once_in: u32,
}
