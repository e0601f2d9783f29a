//! The state of one run, which the step loop and the code that it polls share.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, SystemTime};

use di_core::ambient::TaskOrigin;
use fastrand::Rng;
use tokio::time::Instant;

use super::draws::Site;
use super::panics::Payload;
use super::ready::Ready;
use super::recorder::Recorder;
use super::task::{Names, Origin, State, Task, TaskFuture, TaskSnapshot, Tasks};
use super::ticket::Ticket;
use crate::schedule::{Choices, Key, Source};

thread_local! {
    /// Of all runs of this thread, one after the other.
    static WORLD: Rc<World> = Rc::new(World::new());
}

/// One run of a test under one schedule.
pub(crate) struct World {
    /// Number of the run that is under way; 0, if none is.
    pub(crate) run: Cell<u64>,
    pub(crate) started: Cell<Instant>,
    pub(crate) tasks: RefCell<Tasks>,
    /// The line of ready tasks. Nothing may wake a task while it is borrowed.
    pub(crate) ready: RefCell<Ready>,
    /// Ends the wait for a timer, while the simulation is idle; and whether it is.
    idle: RefCell<Option<Waker>>,
    is_idle: Cell<bool>,
    names: Names,
    /// What the task that is dropped has panicked with.
    pub(crate) panic: Cell<Option<Payload>>,
    /// What the test has returned.
    pub(crate) outcome: RefCell<Option<Result<(), String>>>,
    pub(crate) choices: RefCell<Choices>,
    pub(crate) entropy: RefCell<Rng>,
    /// The task that is being polled.
    pub(crate) current: Cell<u32>,
    /// Tasks that wait until all others are blocked.
    pub(crate) settling: RefCell<Vec<Arc<Ticket>>>,
    /// What is to be done once the poll is over, and whether there is any of it: futures of new tasks, tasks to be aborted,
    /// times to move the clock by.
    pub(crate) has_requests: Cell<bool>,
    pub(crate) spawned: RefCell<Vec<TaskFuture>>,
    pub(crate) aborted: RefCell<Vec<u32>>,
    pub(crate) advancing: RefCell<Vec<(Duration, Arc<Ticket>)>>,
    pub(crate) notes: RefCell<Vec<Note>>,
    /// Whether a task is polled without a wake, to see whether it should have had one. Nothing is chosen then.
    pub(crate) is_probing: Cell<bool>,
    /// Whether the run is to tell more than how it ended.
    pub(crate) is_telling: Cell<bool>,
    /// How many fakes have something decided.
    pub(crate) deciders: Cell<u32>,
    /// What they did that is unusual, in a sentence each.
    pub(crate) decisions: RefCell<Vec<(Key, String)>>,
    /// What is told step by step; none, if that is not asked for.
    pub(super) recorder: RefCell<Option<Box<Recorder>>>,
    /// What shows the state of a fake, for a report.
    exhibits: RefCell<Vec<Box<Exhibit>>>,
    /// What else belongs to the run, each of a type of its own; dropped behind its tasks.
    parts: RefCell<Vec<Rc<dyn Any>>>,
    /// How many tasks are no tasks of the test's.
    pub(crate) background: Cell<usize>,
    /// Whether no more tasks are spawned.
    pub(crate) is_closed: Cell<bool>,
}

/// What the test has noted.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) time: Duration,
    pub(crate) task: u32,
    pub(crate) text: String,
}

/// What a fake shows of its state; nothing, where there is nothing to show.
type Exhibit = dyn Fn(Scene) -> Option<String>;

/// Where a fake shows its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// Tasks are left that wait for something.
    Waiting,
    /// Something else is wrong.
    Other,
}

/// The wall-clock time at which every simulation starts: a round number, so that it is recognised in a log.
const EPOCH: Duration = Duration::from_secs(1_800_000_000);

impl World {
    /// The world of no run yet.
    fn new() -> Self {
        World {
            run: Cell::new(0),
            started: Cell::new(Instant::now()),
            tasks: RefCell::default(),
            ready: RefCell::new(Ready::new()),
            idle: RefCell::default(),
            is_idle: Cell::default(),
            names: Names::default(),
            panic: Cell::default(),
            outcome: RefCell::default(),
            choices: RefCell::default(),
            entropy: RefCell::new(Rng::with_seed(0)),
            current: Cell::new(0),
            settling: RefCell::default(),
            has_requests: Cell::default(),
            spawned: RefCell::default(),
            aborted: RefCell::default(),
            advancing: RefCell::default(),
            notes: RefCell::default(),
            is_probing: Cell::default(),
            is_telling: Cell::default(),
            deciders: Cell::default(),
            decisions: RefCell::default(),
            recorder: RefCell::default(),
            exhibits: RefCell::default(),
            parts: RefCell::default(),
            background: Cell::default(),
            is_closed: Cell::new(true),
        }
    }

    /// Makes it the world of a run. Of another run it keeps only memory.
    pub(crate) fn begin(&self, run: u64, seed: u64, started: Instant, source: Source) {
        self.run.set(run);
        self.started.set(started);
        self.outcome.take();
        self.choices.borrow_mut().begin(source);
        self.entropy.replace(Rng::with_seed(seed));
        self.current.set(0);
        self.deciders.set(0);
        self.background.set(0);
        self.has_requests.set(false);
        self.is_closed.set(false);
    }

    /// Ends the run: what is left of it is dropped.
    pub(crate) fn end(&self) {
        self.run.set(0);
        self.tasks.borrow_mut().hot.clear();
        self.ready.borrow_mut().clear();
        self.aborted.borrow_mut().clear();
        self.settling.borrow_mut().clear();
        self.advancing.borrow_mut().clear();
        self.notes.borrow_mut().clear();
        self.decisions.borrow_mut().clear();
        self.exhibits.borrow_mut().clear();
        drop(self.parts.take());
    }

    /// What belongs to the run and is of type `T`; none, if it has not been made.
    pub(crate) fn part<T: Any>(&self) -> Option<Rc<T>> {
        let parts = self.parts.borrow();
        parts.iter().find_map(|part| part.clone().downcast().ok())
    }

    /// Has a part belong to the run.
    pub(crate) fn add_part<T: Any>(&self, part: Rc<T>) {
        self.parts.borrow_mut().push(part);
    }

    /// Adds a task that is none of the test's: it may be left at the end, and no report tells of it.
    pub(crate) fn add_background(&self, name: &str, site: &'static Location<'static>, future: TaskFuture) {
        let number = self.add(name, site, 0, future);
        self.tasks.borrow_mut().cold[number as usize].is_background = true;
        self.background.set(self.background.get() + 1);
    }

    /// Has a report show the state of a fake, if there is one and it has anything to show.
    pub(crate) fn exhibit(&self, show: impl Fn(Scene) -> Option<String> + 'static) {
        if self.is_telling.get() {
            self.exhibits.borrow_mut().push(Box::new(show));
        }
    }

    /// What the fakes show, each by lines.
    pub(crate) fn exhibited(&self, scene: Scene) -> Vec<String> {
        self.exhibits.borrow().iter().filter_map(|show| show(scene)).collect()
    }

    /// The world of this thread.
    pub(super) fn of_thread() -> Rc<World> {
        WORLD.with(Rc::clone)
    }

    /// The world of this thread, while a run is under way.
    pub(crate) fn current() -> Option<Rc<World>> {
        let world = WORLD.try_with(Rc::clone).ok()?;
        (world.run.get() != 0).then_some(world)
    }

    /// Does something with the world of this thread, whether a run is under way or not; none, where the thread ends.
    #[inline]
    pub(crate) fn with<R>(act: impl FnOnce(&World) -> R) -> Option<R> {
        WORLD.try_with(|world| act(world)).ok()
    }

    /// A task has become ready.
    #[inline]
    pub(crate) fn woken(&self, task: u32) {
        self.ready.borrow_mut().push(task);
        if self.is_idle.get() {
            self.end_idle();
        }
    }

    #[cold]
    fn end_idle(&self) {
        if let Some(idle) = &*self.idle.borrow() {
            idle.wake_by_ref();
        }
    }

    /// Sets what a wake ends the wait for a timer with.
    pub(crate) fn set_idle(&self, waker: Option<Waker>) {
        self.is_idle.set(waker.is_some());
        *self.idle.borrow_mut() = waker;
    }

    /// Spawns a task, and tells its number; none, where the run is over and the future was dropped.
    pub(crate) fn spawn(&self, origin: TaskOrigin<'_>, future: TaskFuture) -> Option<u32> {
        if self.is_closed.get() {
            drop(future);
            return None;
        }
        Some(self.add(origin.name, origin.site, origin.size, future))
    }

    /// The number of the task that is spawned next, unless the run is over.
    pub(crate) fn next_task(&self) -> Option<u32> {
        (!self.is_closed.get()).then(|| self.tasks.borrow().hot.len() as u32)
    }

    pub(crate) fn add(&self, name: &str, site: &'static Location<'static>, size: usize, future: TaskFuture) -> u32 {
        let mut tasks = self.tasks.borrow_mut();
        let (number, parent) = (tasks.hot.len() as u32, self.current.get());
        self.ready.borrow_mut().push(number);
        self.spawned.borrow_mut().push(future);
        self.has_requests.set(true);
        tasks.hot.push(Task::new());
        match tasks.cold.get_mut(number as usize) {
            // Field by field, which is faster than to move a new one.
            Some(origin) => {
                if *origin.name != *name {
                    origin.name = self.names.get(name);
                }
                (origin.site, origin.parent, origin.size) = (site, parent, size);
                (origin.choices, origin.delay, origin.panic, origin.is_joined) = (0, 0, None, false);
                origin.is_background = false;
            }
            None => {
                let name = self.names.get(name);
                tasks.cold.push(Origin::new(name, site, parent, size));
            }
        }
        number
    }

    /// Drops the task when it is next in turn, as tokio does.
    pub(crate) fn abort(&self, task: u32) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(its) = tasks.hot.get_mut(task as usize).filter(|task| task.state == State::Alive) else { return };
        its.state = State::Aborted;
        self.aborted.borrow_mut().push(task);
        self.has_requests.set(true);
    }

    /// Whoever waited for the task has been told how it ended.
    pub(crate) fn joined(&self, task: u32) {
        if let Some(origin) = self.tasks.borrow_mut().cold.get_mut(task as usize) {
            origin.is_joined = true;
        }
    }

    /// One of `count` alternatives, for the task that is being polled.
    pub(crate) fn choose(&self, count: u32) -> u32 {
        if self.is_probing.get() {
            return 0;
        }
        let (task, at) = self.next_choice();
        self.choices.borrow_mut().choose(Key::Choose { task, at }, count)
    }

    /// Whether a future of the task that is being polled is dropped.
    pub(crate) fn cancels(&self, once_in: u32) -> bool {
        if self.is_probing.get() {
            return false;
        }
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
        self.now().saturating_duration_since(self.started.get())
    }

    /// The virtual wall-clock time, since 1970.
    pub(crate) fn since_epoch(&self) -> Duration {
        EPOCH + self.elapsed()
    }

    /// The virtual wall-clock time.
    pub(crate) fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.since_epoch()
    }

    /// What the task has in common with those of other runs.
    pub(super) fn site(&self, task: u32) -> Site {
        Site::Task(self.tasks.borrow().cold[task as usize].site)
    }

    pub(crate) fn snapshots(&self) -> Vec<TaskSnapshot> {
        let mut tasks = self.tasks.borrow().snapshots();
        for number in self.ready.borrow().iter() {
            if let Some(task) = tasks.get_mut(number as usize) {
                task.is_ready = true;
            }
        }
        tasks
    }
}
