//! The tasks that hold what another task waits for.

use super::TaskStack;

/// A task that has taken a lock or permits of a semaphore.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(testkit_tokio_hooks),
    expect(dead_code, reason = "only the hooks of `cargo testkit` show the holders of a lock")
)]
pub(crate) struct Holder {
    pub(crate) task: u32,
    /// Number of permits. A lock is taken as a whole, or by many readers.
    pub(crate) permits: usize,
    /// The stack at which the task took them.
    pub(crate) stack: TaskStack,
}
