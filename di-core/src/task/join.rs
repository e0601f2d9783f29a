//! The interface between a `JoinHandle` and the task of any spawner.

use std::task::{Context, Poll};

use super::JoinError;

/// A task as seen by its [`JoinHandle`](super::JoinHandle). Implemented by spawners.
pub trait Join<T>: Send + Sync {
    /// Polls for the task's result. While the task is pending, keeps the most recent waker.
    fn poll_join(&self, context: &mut Context<'_>) -> Poll<Result<T, JoinError>>;

    /// Drops the task at its next await, unless it has finished.
    fn abort(&self);

    /// Returns whether the task has finished, panicked or been aborted.
    fn is_finished(&self) -> bool;
}
