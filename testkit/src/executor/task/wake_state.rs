//! The waker of a task outside of instrumented polls: puts the task into the run queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Wake;

use super::remote_wakes::RemoteWakes;
use crate::executor::state::World;
use crate::trace::Event;

/// State shared by all wakers of one task in one run.
pub(crate) struct WakeState {
    /// Number of the run. It changes only while no waker is held outside of the executor.
    run: AtomicU64,
    pub(super) task: u32,
    is_queued: AtomicBool,
    pub(super) remote: Arc<RemoteWakes>,
}

impl WakeState {
    /// Creates the state of a task, before its first run.
    pub(super) fn new(task: u32, remote: Arc<RemoteWakes>) -> Arc<Self> {
        Arc::new(WakeState { run: AtomicU64::new(0), task, is_queued: AtomicBool::new(false), remote })
    }

    /// Begins a run, with the task in the run queue.
    pub(super) fn begin(&self, run: u64) {
        self.run.store(run, Ordering::Relaxed);
        self.is_queued.store(true, Ordering::Relaxed);
    }

    /// Puts the task at the end of the run queue, unless it is queued already.
    #[inline]
    pub(crate) fn wake(&self) {
        let run = self.run.load(Ordering::Relaxed);
        let is_local = World::with(|world| {
            if world.run.get() != run {
                return false;
            }
            // Only this thread writes the flag. An atomic swap would cost more than the rest of this function.
            if !self.is_queued.load(Ordering::Relaxed) {
                self.is_queued.store(true, Ordering::Relaxed);
                world.enqueue(self.task);
            }
            true
        });
        // Either this is another thread, or the waker outlived its run, for example in a `static`, and wakes nothing.
        if is_local != Some(true) {
            self.remote.push(run, self.task);
        }
    }

    /// Wakes the task. Records the wake if the task was not queued.
    pub(super) fn wake_recorded(&self) {
        let run = self.run.load(Ordering::Relaxed);
        World::with(|world| {
            if world.run.get() == run && !self.is_queued() {
                world.record(|| Event::Wake { task: self.task });
            }
        });
        self.wake();
    }

    /// Records that the task was taken from the run queue.
    pub(crate) fn set_dequeued(&self) {
        self.is_queued.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_queued(&self) -> bool {
        self.is_queued.load(Ordering::Relaxed)
    }
}

impl Wake for WakeState {
    fn wake(self: Arc<Self>) {
        WakeState::wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        WakeState::wake(self);
    }
}
