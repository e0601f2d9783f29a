use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use crate::unwind::{lock, panic_text};

/// A task, as its [`JoinHandle`] sees it. Whatever spawns tasks implements it.
pub trait Join<T>: Send + Sync {
    /// The task's result, once it is done; until then, the newest waker is kept.
    fn poll_join(&self, context: &mut Context<'_>) -> Poll<Result<T, JoinError>>;

    /// Drops the task at its next await, unless it is done.
    fn abort(&self);

    /// Whether the task is done, panicked or aborted.
    fn is_finished(&self) -> bool;
}

/// A spawned task: a future of its result. Dropped, it lets the task run on by itself.
///
/// # Panics
/// When it is polled after it was ready.
pub struct JoinHandle<T>(Task<T>);

enum Task<T> {
    #[cfg(feature = "tokio")]
    Tokio(tokio::task::JoinHandle<T>),
    Other(Arc<dyn Join<T>>),
}

/// A task is pinned where it was spawned.
impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// The handle of a task.
    pub fn new(task: Arc<dyn Join<T>>) -> Self {
        JoinHandle(Task::Other(task))
    }

    /// Drops the task at its next await, unless it is done, or runs blocking work.
    pub fn abort(&self) {
        match &self.0 {
            #[cfg(feature = "tokio")]
            Task::Tokio(task) => task.abort(),
            Task::Other(task) => task.abort(),
        }
    }

    /// Whether the task is done, panicked or aborted.
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            #[cfg(feature = "tokio")]
            Task::Tokio(task) => task.is_finished(),
            Task::Other(task) => task.is_finished(),
        }
    }

    /// Another handle, which can only abort the task.
    pub fn abort_handle(&self) -> AbortHandle
    where
        T: 'static,
    {
        AbortHandle(match &self.0 {
            #[cfg(feature = "tokio")]
            Task::Tokio(task) => Abort::Tokio(task.abort_handle()),
            Task::Other(task) => Abort::Other(Arc::new(Other(task.clone()))),
        })
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

/// Aborts a task. Cheap to clone.
#[derive(Clone)]
pub struct AbortHandle(Abort);

#[derive(Clone)]
enum Abort {
    #[cfg(feature = "tokio")]
    Tokio(tokio::task::AbortHandle),
    Other(Arc<dyn Abortable>),
}

/// A task without its result.
trait Abortable: Send + Sync {
    fn abort(&self);
    fn is_finished(&self) -> bool;
}

struct Other<T>(Arc<dyn Join<T>>);

impl<T> Abortable for Other<T> {
    fn abort(&self) {
        self.0.abort();
    }

    fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl AbortHandle {
    /// Drops the task at its next await, unless it is done, or runs blocking work.
    pub fn abort(&self) {
        match &self.0 {
            #[cfg(feature = "tokio")]
            Abort::Tokio(task) => task.abort(),
            Abort::Other(task) => task.abort(),
        }
    }

    /// Whether the task is done, panicked or aborted.
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            #[cfg(feature = "tokio")]
            Abort::Tokio(task) => task.is_finished(),
            Abort::Other(task) => task.is_finished(),
        }
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("is_finished", &self.is_finished()).finish()
    }
}

/// Why a task has no result: it panicked, or it was aborted.
pub struct JoinError(Option<Mutex<Box<dyn Any + Send>>>);

impl JoinError {
    /// The error of a task that was aborted, or dropped with what ran it.
    pub fn cancelled() -> Self {
        JoinError(None)
    }

    /// The error of a task that panicked with this.
    pub fn panicked(panic: Box<dyn Any + Send>) -> Self {
        JoinError(Some(Mutex::new(panic)))
    }

    /// Whether the task was aborted, or dropped with its runtime.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the task panicked.
    pub fn is_panic(&self) -> bool {
        self.0.is_some()
    }

    /// What the task panicked with, for `resume_unwind`.
    ///
    /// # Panics
    /// If it did not panic.
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        self.try_into_panic().unwrap_or_else(|error| panic!("`into_panic` of a task that did not panic: {error}"))
    }

    /// What the task panicked with, if it did.
    ///
    /// # Errors
    /// The error itself, of a task that was aborted.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, JoinError> {
        match self.0 {
            Some(panic) => Ok(panic.into_inner().unwrap_or_else(PoisonError::into_inner)),
            None => Err(self),
        }
    }
}

#[cfg(feature = "tokio")]
impl From<tokio::task::JoinError> for JoinError {
    fn from(error: tokio::task::JoinError) -> Self {
        match error.try_into_panic() {
            Ok(panic) => JoinError::panicked(panic),
            Err(_) => JoinError::cancelled(),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(panic) = &self.0 else { return f.write_str("the task was cancelled") };
        match panic_text(&**lock(panic)) {
            Some(text) => write!(f, "the task panicked: {text}"),
            None => f.write_str("the task panicked"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl std::error::Error for JoinError {}
