use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use di_core::ambient::TaskEnd;

use super::panics::PanicReport;
use super::waker::Waking;

/// The future of a task.
pub(crate) type TaskFuture = Pin<Box<dyn Future<Output = TaskEnd>>>;

/// A task of a run.
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) site: &'static Location<'static>,
    /// Size of the future, in bytes.
    pub(crate) size: usize,
    /// None while it is polled, and once the task has ended.
    pub(crate) future: Option<TaskFuture>,
    pub(crate) state: State,
    pub(crate) waking: Arc<Waking>,
    pub(crate) waker: Option<Waker>,
    pub(crate) polls: u32,
    /// How often others have been run instead of it, since it stands first in line.
    pub(crate) passed: u32,
    /// How many choices it has made.
    pub(crate) choices: u32,
    /// For how long, of virtual time, it was ready and not polled.
    pub(crate) delay: Duration,
    pub(crate) panic: Option<PanicReport>,
    /// Whether whoever waited for it has been told of its panic.
    pub(crate) is_joined: bool,
}

/// How far a task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
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

impl Task {
    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.state, State::Alive | State::Aborted)
    }

    /// Whether anything but the simulation holds its waker.
    pub(crate) fn has_waker_left(&self) -> bool {
        // One reference here, and one in the simulation's own waker.
        Arc::strong_count(&self.waking) > 2
    }

    pub(crate) fn snapshot(&self, number: u32) -> TaskSnapshot {
        TaskSnapshot {
            number,
            name: self.name.clone(),
            site: self.site,
            polls: self.polls,
            size: self.size,
            state: self.state,
            is_ready: self.waking.is_queued(),
            delay: self.delay,
            has_waker_left: self.has_waker_left(),
            is_joined: self.is_joined,
            panic: self.panic.as_ref().map(|panic| format!("{} at {}", panic.message, panic.place)),
        }
    }
}

/// A task of a simulation, as it was at some point.
#[derive(Clone, Debug)]
pub struct TaskSnapshot {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) site: &'static Location<'static>,
    pub(crate) polls: u32,
    pub(crate) size: usize,
    pub(crate) state: State,
    pub(crate) is_ready: bool,
    pub(crate) delay: Duration,
    pub(crate) has_waker_left: bool,
    pub(crate) is_joined: bool,
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
    pub fn state(&self) -> State {
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

    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.state, State::Alive | State::Aborted)
    }
}
