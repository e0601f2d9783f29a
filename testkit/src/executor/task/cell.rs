//! Reusable storage for the future and the waker of a task.

use std::sync::Arc;
use std::task::Waker;

use super::remote_wakes::RemoteWakes;
use super::wake_state::WakeState;
use crate::executor::state::TaskFuture;

/// The future and the waker of a task. Later runs reuse the cell for the task with the same number.
pub(crate) struct TaskCell {
    /// `None` once the task has completed.
    pub(crate) future: Option<TaskFuture>,
    pub(crate) waker: Waker,
    pub(crate) wake_state: Arc<WakeState>,
    /// Whether polls of the task draw from tokio's random number generator.
    pub(crate) is_drawing: bool,
    /// Maximum number of random numbers that one poll of the task may draw; 0 if unlimited.
    pub(crate) max_draws: u32,
}

impl TaskCell {
    /// Creates the cell for the task with this number.
    pub(crate) fn new(number: u32, remote: &Arc<RemoteWakes>) -> Self {
        let wake_state = WakeState::new(number, remote.clone());
        TaskCell { future: None, waker: wake_state.clone().into(), wake_state, is_drawing: false, max_draws: 0 }
    }

    /// Begins a run with the future of a task that is in the run queue.
    pub(crate) fn put(&mut self, run: u64, future: TaskFuture) {
        if self.is_waker_held() {
            // A waker of an earlier run is still held, for example by a `static`. It must not wake this task.
            *self = TaskCell::new(self.wake_state.task, &self.wake_state.remote);
        }
        self.wake_state.begin(run);
        (self.is_drawing, self.max_draws) = (false, 0);
        self.future = Some(future);
    }

    /// Returns whether a waker of the task is held outside of the executor.
    pub(crate) fn is_waker_held(&self) -> bool {
        self.held_wakers() > 0
    }

    /// Returns how many wakers of the task are held outside of the executor.
    pub(crate) fn held_wakers(&self) -> usize {
        // The cell holds one reference, and its own waker another.
        Arc::strong_count(&self.wake_state) - 2
    }
}
