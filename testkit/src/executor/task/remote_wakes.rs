//! A queue for wakes from other threads, which a run reports as failures.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use crate::internal::lock;

/// A wake that came from another thread.
#[derive(Clone, Debug)]
pub(crate) struct RemoteWake {
    run: u64,
    pub(crate) task: u32,
    pub(crate) thread: String,
}

/// Wakes from other threads.
#[derive(Default)]
pub(crate) struct RemoteWakes {
    /// Number of the current run. Wakes of other runs are rejected.
    run: AtomicU64,
    /// Whether there are any wakes. Can be read without the lock.
    has_any: AtomicBool,
    state: Mutex<RemoteState>,
    arrived: Condvar,
}

#[derive(Default)]
struct RemoteState {
    wakes: Vec<RemoteWake>,
    idle: Option<Waker>,
}

impl RemoteWakes {
    fn lock(&self) -> MutexGuard<'_, RemoteState> {
        lock(&self.state)
    }

    /// Accepts only wakes of `run` from now on.
    pub(crate) fn begin(&self, run: u64) {
        self.run.store(run, Ordering::Release);
        if self.has_any() {
            self.lock().wakes.clear();
            self.has_any.store(false, Ordering::Release);
        }
    }

    /// Sets the waker that ends the wait for a timer.
    pub(crate) fn set_idle_waker(&self, waker: Option<Waker>) {
        self.lock().idle = waker;
    }

    pub(super) fn push(&self, run: u64, task: u32) {
        if self.run.load(Ordering::Acquire) != run {
            return;
        }
        let mut state = self.lock();
        let thread = thread::current().name().unwrap_or("without a name").to_owned();
        state.wakes.push(RemoteWake { run, task, thread });
        self.has_any.store(true, Ordering::Release);
        let idle = state.idle.clone();
        drop(state);
        self.arrived.notify_all();
        if let Some(idle) = idle {
            idle.wake();
        }
    }

    #[inline]
    pub(crate) fn has_any(&self) -> bool {
        self.has_any.load(Ordering::Acquire)
    }

    /// Takes the first wake of the current run. Discards late wakes of earlier runs.
    pub(crate) fn take(&self) -> Option<RemoteWake> {
        self.has_any.store(false, Ordering::Release);
        let mut state = self.lock();
        let wakes = std::mem::take(&mut state.wakes);
        wakes.into_iter().find(|wake| wake.run == self.run.load(Ordering::Relaxed))
    }

    /// Blocks until a wake of the current run arrives, but no longer than `time`.
    pub(crate) fn wait(&self, time: Duration) {
        let state = self.lock();
        let run = self.run.load(Ordering::Relaxed);
        _ = self.arrived.wait_timeout_while(state, time, |state| state.wakes.iter().all(|wake| wake.run != run));
    }
}
