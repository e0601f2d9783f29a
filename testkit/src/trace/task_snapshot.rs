//! Snapshots of tasks for tests and reports.

use std::panic::Location;
use std::time::Duration;

/// State of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Waiting or ready.
    Alive,
    /// Aborted, and not yet dropped. The task is dropped when it would be polled next.
    Aborted,
    /// Completed with a result.
    Done,
    /// Panicked.
    Panicked,
    /// Dropped before it completed.
    Cancelled,
}

impl TaskState {
    pub(crate) fn is_alive(self) -> bool {
        matches!(self, TaskState::Alive | TaskState::Aborted)
    }
}

/// A snapshot of a task of a simulation.
#[derive(Clone, Debug)]
pub struct TaskSnapshot {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) site: &'static Location<'static>,
    pub(crate) parent: u32,
    pub(crate) polls: u32,
    pub(crate) size: usize,
    pub(crate) state: TaskState,
    pub(crate) is_ready: bool,
    pub(crate) delay: Duration,
    pub(crate) left_waker: bool,
    pub(crate) panic_received: bool,
    pub(crate) is_background: bool,
    pub(crate) host: Option<String>,
    pub(crate) panic: Option<String>,
}

impl TaskSnapshot {
    /// Returns the number of the task: 0 for the test itself, the others in spawn order.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns the name of the task.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name of the [host](crate::net::Host) on which the task runs; `None` for the host `main`.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Returns the spawn site.
    pub fn site(&self) -> &'static Location<'static> {
        self.site
    }

    /// Returns how often the task was polled.
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// Returns the size of the task's future, in bytes.
    pub fn future_size(&self) -> usize {
        self.size
    }

    /// Returns the state of the task.
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// Returns whether the task is ready to be polled.
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Returns the total virtual time for which the task was ready but not polled. Time stands still while a task is
    /// ready, unless the test moves it with [`Sim::advance`](crate::Sim::advance).
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// Returns whether the task is alive and belongs to the test, not to a fake.
    pub(crate) fn is_alive(&self) -> bool {
        self.state.is_alive() && !self.is_background
    }
}
