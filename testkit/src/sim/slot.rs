use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;

use super::task::TaskFuture;
use super::waker::{Mailbox, Waking};

/// What the step loop runs a task by. It is used again in the next run, for the task of the same number.
pub(super) struct Slot {
    /// None, once the task has ended.
    pub(super) future: Option<TaskFuture>,
    pub(super) waker: Waker,
    pub(super) waking: Arc<Waking>,
    /// Whether its polls draw random numbers of tokio's; and how many may, or 0 for any number.
    pub(super) is_drawing: bool,
    pub(super) draws: u32,
}

impl Slot {
    /// A slot for the task of that number.
    pub(super) fn new(number: u32, mailbox: &Arc<Mailbox>) -> Self {
        let waking = Waking::new(number, mailbox.clone());
        Slot { future: None, waker: waking.clone().into(), waking, is_drawing: false, draws: 0 }
    }

    /// Puts a task in, which stands in the line of ready ones.
    pub(super) fn put(&mut self, run: u64, future: TaskFuture) {
        if self.is_waker_elsewhere() {
            // Of a run before, in a static of the test for example: it is to wake nothing of this one.
            *self = Slot::new(self.waking.task, &self.waking.mailbox);
        }
        self.waking.run.store(run, Ordering::Relaxed);
        self.waking.is_queued.store(true, Ordering::Relaxed);
        (self.is_drawing, self.draws) = (false, 0);
        self.future = Some(future);
    }

    /// Whether anything but the simulation holds the task's waker.
    pub(super) fn is_waker_elsewhere(&self) -> bool {
        // One reference here, and one in the simulation's own waker.
        Arc::strong_count(&self.waking) > 2
    }
}
