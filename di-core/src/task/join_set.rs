use std::fmt;
use std::task::{Context, Poll};

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::{AbortHandle, JoinError, JoinHandle, spawn, spawn_blocking};

/// Tasks that are joined in the order in which they are done. Dropped, it aborts those that are not.
pub struct JoinSet<T> {
    tasks: FuturesUnordered<JoinHandle<T>>,
}

impl<T: Send + 'static> JoinSet<T> {
    /// An empty set.
    pub fn new() -> Self {
        JoinSet { tasks: FuturesUnordered::new() }
    }

    /// How many tasks it has that are not joined yet.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether all of its tasks are joined.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Spawns a task, as [`spawn`] does.
    ///
    /// # Panics
    /// Outside of a tokio runtime and of a simulation.
    #[track_caller]
    pub fn spawn(&mut self, future: impl Future<Output = T> + Send + 'static) -> AbortHandle {
        self.add(spawn(future))
    }

    /// Runs `work`, which may block, as [`spawn_blocking`] does.
    ///
    /// # Panics
    /// Outside of a tokio runtime and of a simulation.
    #[track_caller]
    pub fn spawn_blocking(&mut self, work: impl FnOnce() -> T + Send + 'static) -> AbortHandle {
        self.add(spawn_blocking(work))
    }

    fn add(&mut self, task: JoinHandle<T>) -> AbortHandle {
        let abort = task.abort_handle();
        self.tasks.push(task);
        abort
    }

    /// The next result; none, if all tasks are joined. Dropped before it is ready, it loses nothing.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.tasks.next().await
    }

    /// The next result, if there is one already.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.join_next().now_or_never().flatten()
    }

    /// The next result, for a `poll` by hand.
    pub fn poll_join_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        self.tasks.poll_next_unpin(context)
    }

    /// All results, in the order in which the tasks are done.
    ///
    /// # Panics
    /// With what a task panicked with; the others are then aborted. If one was aborted.
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

    /// Aborts all tasks. They are still to be joined.
    pub fn abort_all(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }

    /// Aborts all tasks, and waits until they are gone.
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Lets all tasks run on by themselves.
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
