//! Storage for a result, shared by a task and its handle.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;

use super::{Join, JoinError, TaskControl, TaskEnd};
use crate::internal::lock;

/// Passes the result of a task to its handle. The spawner does not need to know the result's type.
pub(super) struct ResultSlot<T> {
    state: Mutex<State<T>>,
    /// Unset if the task cannot be aborted.
    control: OnceLock<Box<dyn TaskControl>>,
}

struct State<T> {
    result: Option<Result<T, JoinError>>,
    is_finished: bool,
    waker: Option<Waker>,
}

impl<T: Send + 'static> ResultSlot<T> {
    pub(super) fn new() -> Arc<Self> {
        let state = Mutex::new(State { result: None, is_finished: false, waker: None });
        Arc::new(ResultSlot { state, control: OnceLock::new() })
    }

    /// Wraps a task in one that stores its result here.
    pub(super) fn fill_from(
        self: &Arc<Self>,
        task: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = TaskEnd> + Send + 'static {
        let sender = Sender(self.clone());
        async move {
            let result = AssertUnwindSafe(task).catch_unwind().await;
            let end = if result.is_ok() { TaskEnd::Done } else { TaskEnd::Panicked };
            sender.0.set(result.map_err(JoinError::panicked));
            end
        }
    }

    /// Wraps blocking work in a function that stores its result here.
    pub(super) fn fill_from_blocking(
        self: &Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl FnOnce() + Send + 'static {
        let sender = Sender(self.clone());
        move || {
            let result = catch_unwind(AssertUnwindSafe(work));
            sender.0.set(result.map_err(JoinError::panicked));
        }
    }

    /// Sets the control that aborts the task.
    pub(super) fn set_control(&self, control: Box<dyn TaskControl>) {
        _ = self.control.set(control);
    }

    fn set(&self, result: Result<T, JoinError>) {
        let mut state = lock(&self.state);
        if std::mem::replace(&mut state.is_finished, true) {
            return;
        }
        state.result = Some(result);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T: Send + 'static> Join<T> for ResultSlot<T> {
    fn poll_join(&self, context: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let mut state = lock(&self.state);
        match state.result.take() {
            Some(result) => {
                drop(state);
                if let (Err(_), Some(control)) = (&result, self.control.get()) {
                    control.joined();
                }
                Poll::Ready(result)
            }
            None if state.is_finished => panic!("`JoinHandle` polled after it was ready"),
            None => {
                state.waker = Some(context.waker().clone());
                drop(state);
                if let Some(control) = self.control.get() {
                    control.awaited();
                }
                Poll::Pending
            }
        }
    }

    fn abort(&self) {
        if let Some(control) = self.control.get() {
            control.abort();
        }
    }

    fn is_finished(&self) -> bool {
        lock(&self.state).is_finished
    }
}

/// The task's side of the slot. If dropped without a result, stores the error of a cancelled task.
struct Sender<T: Send + 'static>(Arc<ResultSlot<T>>);

impl<T: Send + 'static> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.set(Err(JoinError::cancelled()));
    }
}
