use fastrand::Rng;

use crate::schedule::PollPosition;

/// The run queue: ready tasks, in the order in which they became ready.
pub(crate) trait ReadyTasks {
    /// Returns the task at a place.
    fn at(&self, place: usize) -> u32;

    /// Returns the place of a random task, each equally likely. The queue must not be empty.
    fn any_place(&self, rng: &mut Rng) -> usize;

    /// Returns the place of a task, if it is in the queue.
    fn place_of(&self, task: u32) -> Option<usize>;

    /// Returns the tasks that were added since a task was last taken.
    fn fresh(&self) -> &[u32];

    /// Returns all tasks but the head, in order.
    fn others(&self) -> impl Iterator<Item = u32>;
}

/// Head of the run queue. Part of the key of the choice between ready tasks.
#[derive(Clone, Copy)]
pub(crate) struct QueueHead {
    pub(crate) task: u32,
    pub(crate) at: PollPosition,
    /// Number of times it was passed over at this position.
    pub(crate) passed: u32,
}

/// A task about to be polled.
#[derive(Clone, Copy)]
pub(crate) struct PollStart {
    pub(crate) task: u32,
    pub(crate) at: PollPosition,
    /// Whether it was preempted at this position, and must not be preempted there again.
    pub(crate) is_stopped: bool,
}
