//! The state of one run, which the step loop and the code that it polls share.

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use di_core::ambient::TaskOrigin;
use di_core::task::JoinError;
use fastrand::Rng;
use tokio::time::Instant;

use super::engine::Engine;
use super::task::{End, Names, Origin, State, Task, TaskFuture, TaskSnapshot, Tasks};
use super::ticket::Ticket;
use super::waker::{Mailbox, Waking};
use crate::schedule::{Choices, Key, Source};

thread_local! {
    static CURRENT: RefCell<Option<Rc<World>>> = const { RefCell::new(None) };
}

/// One run of a test under one schedule.
pub(crate) struct World {
    pub(crate) run: u64,
    pub(crate) started: Instant,
    pub(crate) tasks: RefCell<Tasks>,
    names: Rc<Names>,
    /// What the test has returned.
    pub(crate) outcome: RefCell<Option<Result<(), String>>>,
    pub(crate) choices: RefCell<Choices>,
    pub(crate) entropy: RefCell<Rng>,
    /// The task that is being polled.
    pub(crate) current: Cell<u32>,
    /// Tasks that wait until all others are blocked.
    pub(crate) settling: RefCell<Vec<Arc<Ticket>>>,
    /// Times to move the clock by, once the poll is over; and whether there are any.
    pub(crate) advancing: RefCell<Vec<(Duration, Arc<Ticket>)>>,
    pub(crate) advances: Cell<bool>,
    pub(crate) notes: RefCell<Vec<Note>>,
    /// Whether no more tasks are spawned.
    pub(crate) is_closed: Cell<bool>,
    mailbox: Arc<Mailbox>,
}

/// What the test has noted.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) time: Duration,
    pub(crate) task: u32,
    pub(crate) text: String,
}

/// The wall-clock time at which every simulation starts: a round number, so that it is recognised in a log.
const EPOCH: Duration = Duration::from_secs(1_800_000_000);

impl World {
    pub(crate) fn new(run: u64, seed: u64, source: Source, engine: &mut Engine) -> Rc<Self> {
        let choices = Choices::new(source, std::mem::take(&mut engine.spare_departures));
        Rc::new(World {
            run,
            started: Instant::now(),
            tasks: RefCell::new(std::mem::take(&mut engine.spare)),
            names: engine.names.clone(),
            outcome: RefCell::default(),
            choices: RefCell::new(choices),
            entropy: RefCell::new(Rng::with_seed(seed)),
            current: Cell::new(0),
            settling: RefCell::default(),
            advancing: RefCell::default(),
            advances: Cell::default(),
            notes: RefCell::default(),
            is_closed: Cell::new(false),
            mailbox: engine.mailbox.clone(),
        })
    }

    /// Makes this the world of the thread, until what is returned is dropped.
    pub(crate) fn enter(self: &Rc<Self>) -> Entered {
        CURRENT.set(Some(self.clone()));
        Entered
    }

    /// The world that this thread is in.
    pub(crate) fn current() -> Option<Rc<World>> {
        CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
    }

    /// Spawns a task, and tells its number; none, where the run is over and the future was dropped.
    pub(crate) fn spawn(&self, origin: TaskOrigin<'_>, future: TaskFuture, end: Option<Arc<dyn End>>) -> Option<u32> {
        if self.is_closed.get() {
            drop(future);
            if let Some(end) = end {
                end.fail(JoinError::cancelled());
            }
            return None;
        }
        Some(self.add(origin.name, origin.site, origin.size, future, end))
    }

    pub(crate) fn add(
        &self,
        name: &str,
        site: &'static Location<'static>,
        size: usize,
        future: TaskFuture,
        end: Option<Arc<dyn End>>,
    ) -> u32 {
        let mut tasks = self.tasks.borrow_mut();
        let number = tasks.hot.len() as u32;
        let waking = Waking::new(self.run, number, self.mailbox.clone());
        let waker = Some(waking.clone().into());
        waking.wake();
        tasks.hot.push(Task { future: Some(future), waker, waking, polls: 0, passed: 0, state: State::Alive });
        let name = self.names.get(name);
        tasks.cold.push(Origin { name, site, size, choices: 0, delay: 0, panic: None, is_joined: false, end });
        number
    }

    /// Drops the task when it is next in turn, as tokio does.
    pub(crate) fn abort(&self, task: u32) {
        let waking = {
            let mut tasks = self.tasks.borrow_mut();
            let Some(task) = tasks.hot.get_mut(task as usize).filter(|task| task.state == State::Alive) else { return };
            task.state = State::Aborted;
            task.waking.clone()
        };
        waking.wake();
    }

    /// Whoever waited for the task has been told how it ended.
    pub(crate) fn joined(&self, task: u32) {
        if let Some(origin) = self.tasks.borrow_mut().cold.get_mut(task as usize) {
            origin.is_joined = true;
        }
    }

    /// One of `count` alternatives, for the task that is being polled.
    pub(crate) fn choose(&self, count: u32) -> u32 {
        let (task, at) = self.next_choice();
        self.choices.borrow_mut().choose(Key::Choose { task, at }, count)
    }

    /// Whether a future of the task that is being polled is dropped.
    pub(crate) fn cancels(&self, once_in: u32) -> bool {
        let (task, at) = self.next_choice();
        self.choices.borrow_mut().happens(Key::Cancel { task, at }, once_in)
    }

    fn next_choice(&self) -> (u32, u32) {
        let task = self.current.get();
        let mut tasks = self.tasks.borrow_mut();
        let choices = &mut tasks.cold[task as usize].choices;
        (task, std::mem::replace(choices, *choices + 1))
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::now()
    }

    /// Virtual time since the start of the run.
    pub(crate) fn elapsed(&self) -> Duration {
        self.now().saturating_duration_since(self.started)
    }

    /// The virtual wall-clock time, since 1970.
    pub(crate) fn since_epoch(&self) -> Duration {
        EPOCH + self.elapsed()
    }

    /// The virtual wall-clock time.
    pub(crate) fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.since_epoch()
    }

    pub(crate) fn snapshots(&self) -> Vec<TaskSnapshot> {
        self.tasks.borrow().snapshots()
    }
}

/// Leaves the world, when it is dropped.
pub(crate) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}
