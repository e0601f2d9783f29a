//! Counterpart of `tokio::task::AbortHandle` for the tasks of any spawner.

use std::fmt;
use std::sync::Arc;

use super::Join;

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

struct WithoutResult<T>(Arc<dyn Join<T>>);

impl<T> Abortable for WithoutResult<T> {
    fn abort(&self) {
        self.0.abort();
    }

    fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl AbortHandle {
    pub(super) fn new<T: 'static>(task: Arc<dyn Join<T>>) -> Self {
        AbortHandle(Abort::Other(Arc::new(WithoutResult(task))))
    }

    #[cfg(feature = "tokio")]
    pub(super) fn of_tokio(task: tokio::task::AbortHandle) -> Self {
        AbortHandle(Abort::Tokio(task))
    }

    /// Drops the task at its next await. This has no effect on a finished task or on blocking work.
    pub fn abort(&self) {
        match &self.0 {
            #[cfg(feature = "tokio")]
            Abort::Tokio(task) => task.abort(),
            Abort::Other(task) => task.abort(),
        }
    }

    /// Returns whether the task has finished, panicked or been aborted.
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
