use fastrand::Rng;

use super::{PollStart, QueueHead, ReadyTasks};
use crate::schedule::{ChoiceKey, PollPosition};

/// Random schedulers make one in this many optional spurious polls.
const SPURIOUS_POLL_ONE_IN: u32 = 4;

/// A scheduling algorithm, which makes the choices of a run. Algorithms differ in which task runs and where it is
/// preempted. The provided methods make all other choices at random.
pub(crate) trait Algorithm {
    /// Returns the random number generator.
    fn rng(&mut self) -> &mut Rng;

    /// Chooses the task that runs. The run queue has two or more. Returns the position of the task, or `None` for the
    /// head of the queue.
    fn run(&mut self, first: QueueHead, queue: &impl ReadyTasks) -> Option<usize>;

    /// Chooses after how many operations a poll is preempted, or `None` for no preemption.
    fn preempt(&mut self, polled: PollStart) -> Option<u32>;

    /// Chooses one of `count` alternatives; 0 is the default.
    fn choose(&mut self, _: ChoiceKey, count: u32) -> u32 {
        self.rng().u32(..count)
    }

    /// Chooses one of `count` alternatives. Takes the default, 0, in all but one of `one_in` times.
    fn decide(&mut self, _: ChoiceKey, count: u32, one_in: u32) -> u32 {
        if count < 2 || self.rng().u32(..one_in) != 0 { 0 } else { self.rng().u32(1..count) }
    }

    /// Chooses the byte before which a transfer ends early, or `None` to complete it.
    fn short_transfer(&mut self, transfer: &Transfer<'_>) -> Option<u32> {
        if self.rng().u32(..transfer.one_in) != 0 { None } else { self.rng().choice(transfer.ends).copied() }
    }

    /// Chooses whether something happens. The default is no; it happens once in `one_in` times.
    fn happens(&mut self, _: ChoiceKey, one_in: u32) -> bool {
        self.rng().u32(..one_in) == 0
    }

    /// Chooses whether a task gets an optional spurious poll.
    fn spurious_poll(&mut self, _: ChoiceKey) -> bool {
        self.rng().u32(..SPURIOUS_POLL_ONE_IN) == 0
    }

    /// Chooses one of `starts` combinations of branches at which the `select!`s of a poll begin.
    fn select(&mut self, task: u32, at: PollPosition, starts: u32) -> u32 {
        // Derived from the position alone, without drawing from `rng`. Otherwise, the other choices would depend on
        // which tasks are known to have `select!`s.
        let position = u64::from(task) << 32 | u64::from(at.poll << 8) ^ u64::from(at.operation);
        Rng::with_seed(self.rng().get_seed() ^ position).u32(..starts)
    }
}

/// A transfer of bytes by a fake, which may end early.
pub(crate) struct Transfer<'a> {
    pub(crate) fake: u32,
    /// Number of the first byte.
    pub(crate) start: u32,
    /// Number of bytes that can be transferred.
    pub(crate) size: u32,
    /// Bytes before which random schedulers may end the transfer.
    pub(crate) ends: &'a [u32],
    /// Random schedulers end one in this many transfers early.
    pub(crate) one_in: u32,
}
