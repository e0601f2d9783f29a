use fastrand::Rng;

/// Preempts every poll, so that whose turn it is can be decided between any two operations.
#[derive(Default)]
pub(super) struct Stepping {
    /// The task that was polled last, if it was preempted before its first operation.
    stopped: Option<u32>,
}

impl Stepping {
    /// After how many operations a poll of the task is preempted: one, or none. Both are needed: tokio's locks are taken
    /// before they look at the budget, so that a task which is stopped after one operation may have taken two locks.
    pub(super) fn operations(&mut self, rng: &mut Rng, task: u32) -> u32 {
        let is_stopped = self.stopped != Some(task) && rng.bool();
        self.stopped = is_stopped.then_some(task);
        u32::from(!is_stopped)
    }
}
