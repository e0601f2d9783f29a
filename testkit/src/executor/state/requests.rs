//! Requests of polled tasks to the run loop: spawning, aborting, moving time, settling.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::task_table::TaskFuture;
use crate::failure::PanicReport;
use crate::internal::lock;

/// Requests that tasks make while they are polled. The run loop serves them after the poll.
#[derive(Default)]
pub(crate) struct Requests {
    /// Whether there is any request other than those in `settling`.
    pub(in crate::executor) has_any: Cell<bool>,
    /// Futures of new tasks.
    pub(in crate::executor) spawned: RefCell<Vec<TaskFuture>>,
    pub(in crate::executor) aborted: RefCell<Vec<u32>>,
    pub(in crate::executor) advances: RefCell<Vec<Advance>>,
    /// Whether tokio must look for sockets that have become ready.
    pub(in crate::executor) has_ready_sockets: Cell<bool>,
    /// A system call that ends the run, because it cannot be simulated.
    pub(in crate::executor) refused_call: RefCell<Option<RefusedCall>>,
    /// Requests of tasks that wait until all others are blocked.
    pub(in crate::executor) settling: RefCell<Vec<Arc<Completion>>>,
}

/// A system call that cannot be simulated.
pub(in crate::executor) struct RefusedCall {
    pub(in crate::executor) task: u32,
    pub(in crate::executor) report: PanicReport,
}

/// A request to move the clock forward.
pub(in crate::executor) struct Advance {
    pub(in crate::executor) time: Duration,
    pub(in crate::executor) done: Arc<Completion>,
}

impl Requests {
    /// Begins a run.
    pub(in crate::executor) fn begin(&self) {
        self.has_any.set(false);
        self.has_ready_sockets.set(false);
    }

    /// Drops the remaining requests at the end of a run.
    pub(in crate::executor) fn clear(&self) {
        self.aborted.borrow_mut().clear();
        self.settling.borrow_mut().clear();
        self.advances.borrow_mut().clear();
        self.refused_call.take();
    }

    /// Records that a socket which tokio watches has become ready.
    #[cfg(feature = "interpose")]
    pub(crate) fn notice_ready_socket(&self) {
        self.has_ready_sockets.set(true);
        self.has_any.set(true);
    }

    /// Ends the run because of a system call. Only the first one counts.
    #[cfg(feature = "interpose")]
    pub(super) fn refuse_call(&self, call: RefusedCall) {
        self.refused_call.borrow_mut().get_or_insert(call);
        self.has_any.set(true);
    }

    pub(in crate::executor) fn spawn(&self, future: TaskFuture) {
        self.spawned.borrow_mut().push(future);
        self.has_any.set(true);
    }

    pub(in crate::executor) fn abort(&self, task: u32) {
        self.aborted.borrow_mut().push(task);
        self.has_any.set(true);
    }

    /// Moves the clock forward by `time`. The returned future completes once that is done.
    pub(super) fn advance(&self, time: Duration) -> Completed {
        let done = Arc::new(Completion::default());
        self.advances.borrow_mut().push(Advance { time, done: done.clone() });
        self.has_any.set(true);
        Completed(done)
    }

    /// Returns a future that completes when all other tasks are blocked.
    pub(super) fn settle(&self) -> Completed {
        let done = Arc::new(Completion::default());
        self.settling.borrow_mut().push(done.clone());
        Completed(done)
    }
}

/// Completion of a request, shared by the run loop and the task that waits for it.
#[derive(Default)]
pub(in crate::executor) struct Completion {
    is_done: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Completion {
    pub(in crate::executor) fn complete(&self) {
        self.is_done.store(true, Ordering::Relaxed);
        let waker = lock(&self.waker).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Future that completes once the request is served.
pub(crate) struct Completed(Arc<Completion>);

impl Future for Completed {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.is_done.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        *lock(&self.0.waker) = Some(context.waker().clone());
        Poll::Pending
    }
}
