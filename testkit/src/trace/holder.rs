//! The tasks that hold what another task waits for.

use super::TaskStack;

/// A task that has taken a lock or permits of a semaphore.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) task: u32,
    /// The stack at which the task took them.
    pub(crate) stack: TaskStack,
}
