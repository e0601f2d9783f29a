use std::panic::Location;
use std::time::Duration;

/// How far a task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It waits, or is ready.
    Alive,
    /// It is to be dropped when it is next in turn.
    Aborted,
    /// It has a result.
    Done,
    /// It has panicked.
    Panicked,
    /// It was dropped before its end.
    Cancelled,
}

impl TaskState {
    pub(crate) fn is_alive(self) -> bool {
        matches!(self, TaskState::Alive | TaskState::Aborted)
    }
}

/// A task of a simulation, as it was at some point.
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
    pub(crate) has_waker_left: bool,
    pub(crate) is_joined: bool,
    pub(crate) is_background: bool,
    pub(crate) panic: Option<String>,
}

impl TaskSnapshot {
    /// Its number: 0 is the test itself, the others in the order in which they were spawned.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it was spawned.
    pub fn site(&self) -> &'static Location<'static> {
        self.site
    }

    /// How often it has been polled.
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// Size of its future, in bytes.
    pub fn future_size(&self) -> usize {
        self.size
    }

    /// How far it has come.
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// Whether it is ready to be polled.
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// For how long it was ready and not polled, in virtual time. Time stands still while a task is ready, unless the test
    /// itself moves it by [`Sim::advance`](crate::Sim::advance).
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// Whether it is a task of the test's that is left.
    pub(crate) fn is_alive(&self) -> bool {
        self.state.is_alive() && !self.is_background
    }
}
