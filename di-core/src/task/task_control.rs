//! Interface of a spawned task that does not depend on its result type.

/// End of a task, as its executor sees it. The result or the panic payload goes to the task's handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEnd {
    /// The task returned a result.
    Done,
    /// The task panicked.
    Panicked,
}

/// Handle of a spawned task, without its result.
pub trait TaskControl: Send + Sync + 'static {
    /// Drops the task at its next await.
    fn abort(&self);

    /// Called when the task's handle is polled and registers a waker.
    fn awaited(&self) {}

    /// Called after the task's handle has returned an error: the task panicked or was aborted.
    fn joined(&self) {}
}
