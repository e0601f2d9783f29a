//! Counterpart of `tokio::task::JoinSet` for the tasks of any spawner.

use std::fmt;
use std::task::{Context, Poll};

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::{AbortHandle, JoinError, JoinHandle, spawn, spawn_blocking};

/// A set of tasks, joined in the order in which they finish. Dropping it aborts the unfinished ones.
pub struct JoinSet<T> {
    tasks: FuturesUnordered<JoinHandle<T>>,
}

impl<T: Send + 'static> JoinSet<T> {
    /// Creates an empty set.
    pub fn new() -> Self {
        JoinSet { tasks: FuturesUnordered::new() }
    }

    /// Returns the number of tasks that are not joined yet.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Returns whether all tasks are joined.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Spawns a task, as [`spawn`] does.
    ///
    /// # Panics
    /// Panics if called outside both a tokio runtime and a simulation.
    #[track_caller]
    pub fn spawn(&mut self, future: impl Future<Output = T> + Send + 'static) -> AbortHandle {
        self.add(spawn(future))
    }

    /// Runs blocking `work`, as [`spawn_blocking`] does.
    ///
    /// # Panics
    /// Panics if called outside both a tokio runtime and a simulation.
    #[track_caller]
    pub fn spawn_blocking(&mut self, work: impl FnOnce() -> T + Send + 'static) -> AbortHandle {
        self.add(spawn_blocking(work))
    }

    fn add(&mut self, task: JoinHandle<T>) -> AbortHandle {
        let abort = task.abort_handle();
        self.tasks.push(task);
        abort
    }

    /// Waits for the next result; `None` if all tasks are joined. Cancel safe.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.tasks.next().await
    }

    /// Returns the next result, if a task has finished. Not limited by the budget of tokio's cooperative scheduling.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        let next = self.join_next();
        #[cfg(feature = "tokio")]
        let next = tokio::task::coop::unconstrained(next);
        next.now_or_never().flatten()
    }

    /// Polls for the next result.
    pub fn poll_join_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        self.tasks.poll_next_unpin(context)
    }

    /// Returns all results, in the order in which the tasks finish.
    ///
    /// # Panics
    /// Panics if a task panicked, with its payload, or if a task was aborted. The other tasks are then aborted.
    pub async fn join_all(mut self) -> Vec<T> {
        let mut results = Vec::with_capacity(self.len());
        while let Some(result) = self.join_next().await {
            match result.map_err(JoinError::try_into_panic) {
                Ok(result) => results.push(result),
                Err(Ok(panic)) => std::panic::resume_unwind(panic),
                Err(Err(error)) => panic!("{error}"),
            }
        }
        results
    }

    /// Aborts all tasks. They remain in the set until joined.
    pub fn abort_all(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }

    /// Aborts all tasks, and waits until they have ended.
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Detaches all tasks.
    pub fn detach_all(&mut self) {
        self.tasks.clear();
    }
}

impl<T: Send + 'static> Default for JoinSet<T> {
    fn default() -> Self {
        JoinSet::new()
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.tasks.len()).finish()
    }
}
