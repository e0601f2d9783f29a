use std::task::{Context, Poll};

use super::JoinError;

/// A task, as its [`JoinHandle`] sees it. Whatever spawns tasks implements it.
pub trait Join<T>: Send + Sync {
    /// The task's result, once it is done; until then, the newest waker is kept.
    fn poll_join(&self, context: &mut Context<'_>) -> Poll<Result<T, JoinError>>;

    /// Drops the task at its next await, unless it is done.
    fn abort(&self);

    /// Whether the task is done, panicked or aborted.
    fn is_finished(&self) -> bool;
}
