//! Wakers of tasks, and the queue of those that are ready.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Wake, Waker};
use std::thread;
use std::time::Duration;

use di_core::__private::lock;

use super::ready::Ready;

thread_local! {
    static LOCAL: Local = const { Local { run: Cell::new(0), ready: RefCell::new(Ready::new()), idle: RefCell::new(None) } };
}

/// What wakers of this thread's simulation work on.
struct Local {
    /// Number of the run that is under way; 0, if none is.
    run: Cell<u64>,
    ready: RefCell<Ready>,
    /// Ends the wait for a timer, while the simulation is idle.
    idle: RefCell<Option<Waker>>,
}

/// The waker of one task in one run.
pub(crate) struct Waking {
    run: u64,
    task: u32,
    is_queued: AtomicBool,
    mailbox: Arc<Mailbox>,
}

impl Waking {
    pub(crate) fn new(run: u64, task: u32, mailbox: Arc<Mailbox>) -> Arc<Self> {
        Arc::new(Waking { run, task, is_queued: AtomicBool::new(false), mailbox })
    }

    /// Puts the task last in line, unless it is in it.
    #[inline]
    pub(crate) fn wake(&self) {
        let is_local = LOCAL.try_with(|local| {
            // A waker that outlives its run, in a static of the test for example, wakes nothing.
            if local.run.get() != self.run {
                return false;
            }
            // Only this thread writes it, so that no exchange is needed, which would cost more than all the rest.
            if self.is_queued.load(Ordering::Relaxed) {
                return true;
            }
            self.is_queued.store(true, Ordering::Relaxed);
            local.ready.borrow_mut().push(self.task);
            if let Some(idle) = &*local.idle.borrow() {
                idle.wake_by_ref();
            }
            true
        });
        if is_local != Ok(true) {
            self.mailbox.post(self.run, self.task);
        }
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

/// Begins a run on this thread: its wakers work from now on.
pub(crate) fn begin_run(run: u64) {
    LOCAL.with(|local| {
        local.run.set(run);
        local.ready.borrow_mut().clear();
    });
}

/// Ends the run: its wakers wake nothing any more.
pub(crate) fn end_run() {
    LOCAL.with(|local| {
        local.run.set(0);
        local.ready.borrow_mut().clear();
    });
}

/// The line of ready tasks of this thread's run. Nothing may wake a task while it is borrowed.
#[inline]
pub(crate) fn with_ready<R>(act: impl FnOnce(&mut Ready) -> R) -> R {
    LOCAL.with(|local| act(&mut local.ready.borrow_mut()))
}

/// Sets what a wake ends the wait for a timer with.
pub(crate) fn set_idle(waker: Option<Waker>) {
    LOCAL.with(|local| *local.idle.borrow_mut() = waker);
}

/// A wake that came from another thread.
#[derive(Clone, Debug)]
pub(crate) struct ForeignWake {
    pub(crate) task: u32,
    pub(crate) thread: String,
}

/// Where wakes from other threads arrive.
#[derive(Default)]
pub(crate) struct Mailbox {
    /// Whether there is anything, to be asked without a lock.
    has_mail: AtomicBool,
    state: Mutex<MailboxState>,
    arrived: Condvar,
}

#[derive(Default)]
struct MailboxState {
    run: u64,
    wakes: Vec<ForeignWake>,
    idle: Option<Waker>,
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, MailboxState> {
        lock(&self.state)
    }

    /// Takes wakes of this run from now on, and ends the wait for a timer with this waker.
    pub(crate) fn open(&self, run: u64) {
        let mut state = self.lock();
        state.run = run;
        state.wakes.clear();
        self.has_mail.store(false, Ordering::Release);
    }

    pub(crate) fn set_idle(&self, waker: Option<Waker>) {
        self.lock().idle = waker;
    }

    fn post(&self, run: u64, task: u32) {
        let mut state = self.lock();
        if state.run != run {
            return;
        }
        let thread = thread::current().name().unwrap_or("without a name").to_owned();
        state.wakes.push(ForeignWake { task, thread });
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

    /// The first wake that has arrived.
    pub(crate) fn take(&self) -> Option<ForeignWake> {
        self.has_mail.store(false, Ordering::Release);
        let mut state = self.lock();
        let first = state.wakes.first().cloned();
        state.wakes.clear();
        first
    }

    /// Waits for a wake, for so long at the most.
    pub(crate) fn wait(&self, time: Duration) {
        let state = self.lock();
        _ = self.arrived.wait_timeout_while(state, time, |state| state.wakes.is_empty());
    }
}
