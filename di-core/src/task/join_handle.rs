//! Counterpart of `tokio::task::JoinHandle` for the tasks of any spawner.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{AbortHandle, Join, JoinError};

/// Handle of a spawned task, and a future of its result. Dropping it detaches the task.
///
/// # Panics
/// Panics if polled again after it was ready.
pub struct JoinHandle<T>(Task<T>);

enum Task<T> {
    #[cfg(feature = "tokio")]
    Tokio(tokio::task::JoinHandle<T>),
    Other(Arc<dyn Join<T>>),
}

/// The task is pinned elsewhere.
impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// Creates the handle of a task.
    pub fn new(task: Arc<dyn Join<T>>) -> Self {
        JoinHandle(Task::Other(task))
    }

    /// Drops the task at its next await. This has no effect on a finished task or on blocking work.
    pub fn abort(&self) {
        match &self.0 {
            #[cfg(feature = "tokio")]
            Task::Tokio(task) => task.abort(),
            Task::Other(task) => task.abort(),
        }
    }

    /// Returns whether the task has finished, panicked or been aborted.
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            #[cfg(feature = "tokio")]
            Task::Tokio(task) => task.is_finished(),
            Task::Other(task) => task.is_finished(),
        }
    }

    /// Returns a handle that can only abort the task.
    pub fn abort_handle(&self) -> AbortHandle
    where
        T: 'static,
    {
        match &self.0 {
            #[cfg(feature = "tokio")]
            Task::Tokio(task) => AbortHandle::of_tokio(task.abort_handle()),
            Task::Other(task) => AbortHandle::new(task.clone()),
        }
    }
}

#[cfg(feature = "tokio")]
impl<T> From<tokio::task::JoinHandle<T>> for JoinHandle<T> {
    fn from(task: tokio::task::JoinHandle<T>) -> Self {
        JoinHandle(Task::Tokio(task))
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            #[cfg(feature = "tokio")]
            Task::Tokio(task) => Pin::new(task).poll(context).map_err(JoinError::from),
            Task::Other(task) => task.poll_join(context),
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("is_finished", &self.is_finished()).finish_non_exhaustive()
    }
}
