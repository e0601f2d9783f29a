use std::cell::RefCell;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use di_core::ambient::TaskEnd;

use super::panics::PanicReport;
use crate::schedule::At;

/// The future of a task. It tells its result itself to whoever waits for it, and here only how it has ended.
pub(crate) type TaskFuture = Pin<Box<dyn Future<Output = TaskEnd>>>;

/// What is known of the tasks of a run, by number: what each step touches apart from the rest.
#[derive(Default)]
pub(crate) struct Tasks {
    pub(crate) hot: Vec<Task>,
    /// And more, of runs before.
    pub(crate) cold: Vec<Origin>,
}

/// A task that is to be run now.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) task: u32,
    pub(crate) at: At,
    /// Whether it was preempted there.
    pub(crate) is_stopped: bool,
    pub(crate) passed: u32,
    pub(crate) state: State,
}

impl Tasks {
    /// It is the turn of this task, or of the lane.
    #[inline(always)]
    pub(crate) fn turn(&mut self, number: u32) -> Turn {
        let Some(task) = self.hot.get_mut(number as usize) else {
            return Turn { task: number, at: At::default(), is_stopped: false, passed: 0, state: State::Alive };
        };
        let Task { at, is_stopped, passed, state } = *task;
        let next = At { poll: at.poll + u32::from(state == State::Alive), operation: 0 };
        *task = Task { at: next, is_stopped: false, passed: 0, state };
        Turn { task: number, at, is_stopped, passed, state }
    }

    /// The tasks as they are; which of them are ready, and have left a waker, is known elsewhere.
    pub(crate) fn snapshots(&self) -> Vec<TaskSnapshot> {
        let tasks = self.hot.iter().zip(&self.cold).zip(0..);
        tasks.map(|((task, origin), number)| TaskSnapshot::new(number, task, origin)).collect()
    }
}

/// How far a task of a run has come.
pub(crate) struct Task {
    /// Where its next poll begins. One that was preempted is not over.
    pub(crate) at: At,
    /// Whether it was preempted there.
    pub(crate) is_stopped: bool,
    /// How often others have been run instead of it, since it stands first in line there.
    pub(crate) passed: u32,
    pub(crate) state: State,
}

impl Task {
    /// A new one.
    pub(crate) fn new() -> Self {
        Task { at: At::default(), is_stopped: false, passed: 0, state: State::Alive }
    }
}

/// Where a task comes from, and what else is known of it.
pub(crate) struct Origin {
    pub(crate) name: Rc<str>,
    pub(crate) site: &'static Location<'static>,
    /// Who has spawned it.
    pub(crate) parent: u32,
    /// Size of the future, in bytes.
    pub(crate) size: usize,
    /// How many choices it has made.
    pub(crate) choices: u32,
    /// For how many nanoseconds, of virtual time, it was ready and not polled.
    pub(crate) delay: u64,
    pub(crate) panic: Option<Box<PanicReport>>,
    /// Whether whoever waited for it has been told of its panic.
    pub(crate) is_joined: bool,
    /// Whether it is none of the test's tasks.
    pub(crate) is_background: bool,
}

impl Origin {
    pub(crate) fn new(name: Rc<str>, site: &'static Location<'static>, parent: u32, size: usize) -> Self {
        Origin { name, site, parent, size, choices: 0, delay: 0, panic: None, is_joined: false, is_background: false }
    }
}

/// Names of tasks, each kept once: most tasks share theirs with others, of this run and of the next.
#[derive(Default)]
pub(crate) struct Names(RefCell<Vec<Rc<str>>>);

impl Names {
    /// How many names are kept: beyond, looking for one costs more than making it.
    const MOST: usize = 16;

    pub(crate) fn get(&self, name: &str) -> Rc<str> {
        let mut names = self.0.borrow_mut();
        if let Some(known) = names.iter().find(|known| &***known == name) {
            return known.clone();
        }
        let name: Rc<str> = name.into();
        if names.len() < Names::MOST {
            names.push(name.clone());
        }
        name
    }
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

impl State {
    pub(crate) fn is_alive(self) -> bool {
        matches!(self, State::Alive | State::Aborted)
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
    pub(crate) state: State,
    pub(crate) is_ready: bool,
    pub(crate) delay: Duration,
    pub(crate) has_waker_left: bool,
    pub(crate) is_joined: bool,
    pub(crate) is_background: bool,
    pub(crate) panic: Option<String>,
}

impl TaskSnapshot {
    fn new(number: u32, task: &Task, origin: &Origin) -> Self {
        TaskSnapshot {
            number,
            name: origin.name.to_string(),
            site: origin.site,
            parent: origin.parent,
            polls: task.at.poll + u32::from(task.is_stopped),
            size: origin.size,
            state: task.state,
            is_ready: false,
            delay: Duration::from_nanos(origin.delay),
            has_waker_left: false,
            is_joined: origin.is_joined,
            is_background: origin.is_background,
            panic: origin.panic.as_ref().map(ToString::to_string),
        }
    }

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

    /// Whether it is a task of the test's that is left.
    pub(crate) fn is_alive(&self) -> bool {
        self.state.is_alive() && !self.is_background
    }
}
