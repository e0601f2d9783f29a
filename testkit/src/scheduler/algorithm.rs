//! The interface of scheduling algorithms, with random defaults for all choices but task order and preemption.

use fastrand::Rng;

use super::{PollStart, QueueHead, ReadyTasks};
use crate::schedule::{ChoiceKey, PollPosition};

/// A scheduling algorithm, which makes the choices of a run. Algorithms differ in which task runs and where it is
/// preempted. The provided methods make all other choices at random.
pub(crate) trait Algorithm {
    /// Returns the random number generator.
    fn rng(&mut self) -> &mut Rng;

    /// Chooses the task that runs next from a run queue with two or more tasks. Returns the position of the task, or
    /// `None` for the head of the queue.
    fn choose_task(&mut self, first: QueueHead, queue: &impl ReadyTasks) -> Option<usize>;

    /// Chooses the number of operations after which a poll is preempted, or `None` for no preemption.
    fn preempt_after(&mut self, polled: PollStart) -> Option<u32>;

    /// Makes a choice of the test, with `Sim::choose`: one of `count` alternatives. The default is 0; random schedulers
    /// choose all alternatives equally often.
    fn choose(&mut self, _: ChoiceKey, count: u32) -> u32 {
        self.rng().u32(..count)
    }

    /// Makes a decision of a fake: one of `count` behaviors. The default is 0, normal behavior; random schedulers
    /// deviate once in `one_in` times.
    fn decide(&mut self, _: ChoiceKey, count: u32, one_in: u32) -> u32 {
        if count < 2 || self.rng().u32(..one_in) != 0 { 0 } else { self.rng().u32(1..count) }
    }

    /// Chooses the byte before which a transfer ends early, or `None` to complete it.
    fn short_transfer(&mut self, transfer: &Transfer<'_>) -> Option<u32> {
        if self.rng().u32(..transfer.one_in) != 0 { None } else { self.rng().choice(transfer.ends).copied() }
    }

    /// Answers a yes-or-no question, such as whether a future is dropped. The default is no; random schedulers answer
    /// yes once in `one_in` times.
    fn happens(&mut self, _: ChoiceKey, one_in: u32) -> bool {
        self.rng().u32(..one_in) == 0
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
