/// How a task has come to its end, for whoever ran it. Its result, or what it panicked with, has gone to its handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEnd {
    /// It has a result.
    Done,
    /// It panicked.
    Panicked,
}

/// A handle of a spawned task, without its result.
pub trait TaskControl: Send + Sync + 'static {
    /// Drops the task at its next await.
    fn abort(&self);

    /// Somebody waits for the task, and has just left a waker.
    fn awaited(&self) {}

    /// Whoever waited for the task has been told that it panicked, or was aborted.
    fn joined(&self) {}
}
