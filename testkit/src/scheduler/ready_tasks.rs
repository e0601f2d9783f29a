//! The run queue and the start of a poll, as scheduling algorithms see them.

use fastrand::Rng;

use crate::schedule::PollPosition;

/// The run queue, as schedulers see it: ready tasks, in the order in which they became ready.
pub(crate) trait ReadyTasks {
    /// Returns the task at a position.
    fn task_at(&self, position: usize) -> u32;

    /// Returns the position of a random task, each equally likely. The queue must not be empty.
    fn random_position(&self, rng: &mut Rng) -> usize;

    /// Returns the position of a task, if it is in the queue.
    fn position_of(&self, task: u32) -> Option<usize>;

    /// Returns the tasks that were queued since a task was last taken.
    fn newly_queued(&self) -> &[u32];

    /// Returns all tasks except the head, in order.
    fn others(&self) -> impl Iterator<Item = u32>;
}

/// Head of the run queue. Identifies the choice between ready tasks.
#[derive(Clone, Copy)]
pub(crate) struct QueueHead {
    pub(crate) task: u32,
    pub(crate) at: PollPosition,
    /// Number of times that it was passed over at this position.
    pub(crate) passed_over: u32,
}

/// Start of a poll.
#[derive(Clone, Copy)]
pub(crate) struct PollStart {
    pub(crate) task: u32,
    pub(crate) at: PollPosition,
    /// Whether the task was preempted at this position. It must not be preempted there again.
    pub(crate) is_preempted: bool,
}
