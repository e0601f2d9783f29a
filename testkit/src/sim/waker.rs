//! Wakers of tasks, and wakes that come from other threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Wake, Waker};
use std::thread;
use std::time::Duration;

use crate::internal::lock;

use super::recording::What;
use super::world::World;

/// What the wakers of one task in one run share.
pub(super) struct Waking {
    /// It changes only while there is none but the simulation's own.
    pub(super) run: AtomicU64,
    pub(super) task: u32,
    pub(super) is_queued: AtomicBool,
    pub(super) mailbox: Arc<Mailbox>,
}

impl Waking {
    /// Of the task of that number, in no run yet.
    pub(super) fn new(task: u32, mailbox: Arc<Mailbox>) -> Arc<Self> {
        Arc::new(Waking { run: AtomicU64::new(0), task, is_queued: AtomicBool::new(false), mailbox })
    }

    /// Puts the task last in line, unless it is in it.
    #[inline]
    pub(crate) fn wake(&self) {
        let run = self.run.load(Ordering::Relaxed);
        let is_here = World::with(|world| {
            if world.run.get() != run {
                return false;
            }
            // Only this thread writes it, so that no exchange is needed, which would cost more than all the rest.
            if !self.is_queued.load(Ordering::Relaxed) {
                self.is_queued.store(true, Ordering::Relaxed);
                world.woken(self.task);
            }
            true
        });
        // Another thread; or a waker that outlives its run, in a static of the test for example, and wakes nothing.
        if is_here != Some(true) {
            self.mailbox.post(run, self.task);
        }
    }

    /// The same, noted in the recording of the run, if there is one and the task was not ready yet.
    pub(super) fn wake_recorded(&self) {
        let run = self.run.load(Ordering::Relaxed);
        World::with(|world| {
            if world.run.get() == run && !self.is_queued() {
                world.record(|| What::Wake { task: self.task });
            }
        });
        self.wake();
    }

    /// Says that the task is no longer in the line.
    pub(crate) fn taken(&self) {
        self.is_queued.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_queued(&self) -> bool {
        self.is_queued.load(Ordering::Relaxed)
    }
}

impl Wake for Waking {
    fn wake(self: Arc<Self>) {
        Waking::wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        Waking::wake(self);
    }
}

/// A wake that came from another thread.
#[derive(Clone, Debug)]
pub(crate) struct ForeignWake {
    run: u64,
    pub(crate) task: u32,
    pub(crate) thread: String,
}

/// Where wakes from other threads arrive.
#[derive(Default)]
pub(crate) struct Mailbox {
    /// The run whose wakes are taken.
    run: AtomicU64,
    /// Whether there is anything, to be asked without a lock.
    has_mail: AtomicBool,
    state: Mutex<MailboxState>,
    arrived: Condvar,
}

#[derive(Default)]
struct MailboxState {
    wakes: Vec<ForeignWake>,
    idle: Option<Waker>,
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, MailboxState> {
        lock(&self.state)
    }

    /// Takes wakes of this run from now on, and ends the wait for a timer with this waker.
    pub(crate) fn open(&self, run: u64) {
        self.run.store(run, Ordering::Release);
        if self.has_mail() {
            self.lock().wakes.clear();
            self.has_mail.store(false, Ordering::Release);
        }
    }

    pub(crate) fn set_idle(&self, waker: Option<Waker>) {
        self.lock().idle = waker;
    }

    fn post(&self, run: u64, task: u32) {
        if self.run.load(Ordering::Acquire) != run {
            return;
        }
        let mut state = self.lock();
        let thread = thread::current().name().unwrap_or("without a name").to_owned();
        state.wakes.push(ForeignWake { run, task, thread });
        self.has_mail.store(true, Ordering::Release);
        let idle = state.idle.clone();
        drop(state);
        self.arrived.notify_all();
        if let Some(idle) = idle {
            idle.wake();
        }
    }

    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        self.has_mail.load(Ordering::Acquire)
    }

    /// The first wake that has arrived. One of the run before may still arrive in this one.
    pub(crate) fn take(&self) -> Option<ForeignWake> {
        self.has_mail.store(false, Ordering::Release);
        let mut state = self.lock();
        let wakes = std::mem::take(&mut state.wakes);
        wakes.into_iter().find(|wake| wake.run == self.run.load(Ordering::Relaxed))
    }

    /// Waits for a wake, for so long at the most.
    pub(crate) fn wait(&self, time: Duration) {
        let state = self.lock();
        let run = self.run.load(Ordering::Relaxed);
        _ = self.arrived.wait_timeout_while(state, time, |state| state.wakes.iter().all(|wake| wake.run != run));
    }
}
