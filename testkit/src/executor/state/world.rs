use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::rc::Rc;
use std::task::Waker;
use std::time::{Duration, SystemTime};

use di_core::ambient::TaskOrigin;
use fastrand::Rng;
use tokio::time::Instant;

use super::fake_registry::{FakeRegistry, ReportScope};
use super::observations::Observations;
use super::requests::{Completed, Requests};
use super::run_queue::RunQueue;
use super::task_table::{TaskFuture, TaskInfo, TaskNames, TaskProgress, TaskTable};
use crate::executor::tokio::{DrawSite, is_in_raw_task};
use crate::schedule::ChoiceKey;
use crate::scheduler::{ChoiceSource, Choices};
use crate::trace::{Actor, Event, Note, Recording, TaskSnapshot, TaskState};

thread_local! {
    /// Shared by all runs of this thread, one after the other.
    static WORLD: Rc<World> = Rc::new(World::new());
}

/// The state of a run that the run loop shares with the code that it polls.
pub(crate) struct World {
    /// Number of the run that is under way; 0 if none is.
    pub(crate) run: Cell<u64>,
    started: Cell<Instant>,
    /// Whether the run spawns no more tasks.
    pub(in crate::executor) is_closed: Cell<bool>,
    /// Whether a task is polled spuriously. Such a poll makes no choices.
    pub(crate) is_probing: Cell<bool>,
    /// The task that is being polled.
    pub(crate) current: Cell<u32>,
    pub(crate) tasks: RefCell<TaskTable>,
    names: TaskNames,
    /// Nothing may wake a task while it is borrowed.
    pub(in crate::executor) run_queue: RefCell<RunQueue>,
    idle: IdleSignal,
    pub(in crate::executor) requests: Requests,
    pub(crate) choices: RefCell<Choices>,
    pub(crate) entropy: RefCell<Rng>,
    pub(crate) fakes: FakeRegistry,
    pub(in crate::executor) observations: Observations,
    /// Payload of the panic of the task that is being dropped.
    pub(in crate::executor) panic: Cell<Option<Box<dyn Any + Send>>>,
    /// What the test returned.
    pub(in crate::executor) result: RefCell<Option<Result<(), String>>>,
}

/// Ends the wait for a timer when a task is woken.
#[derive(Default)]
struct IdleSignal {
    is_idle: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Wall-clock time at which every simulation starts: a round number that is easy to recognize in a log.
const EPOCH: Duration = Duration::from_secs(1_800_000_000);

impl World {
    fn new() -> Self {
        World {
            run: Cell::new(0),
            started: Cell::new(Instant::now()),
            is_closed: Cell::new(true),
            is_probing: Cell::default(),
            current: Cell::new(0),
            tasks: RefCell::default(),
            names: TaskNames::default(),
            run_queue: RefCell::new(RunQueue::new()),
            idle: IdleSignal::default(),
            requests: Requests::default(),
            choices: RefCell::default(),
            entropy: RefCell::new(Rng::with_seed(0)),
            fakes: FakeRegistry::default(),
            observations: Observations::default(),
            panic: Cell::default(),
            result: RefCell::default(),
        }
    }

    /// Begins a run. Only allocations are kept from the run before.
    pub(in crate::executor) fn begin(&self, run: u64, seed: u64, started: Instant, source: ChoiceSource) {
        self.run.set(run);
        self.started.set(started);
        self.is_closed.set(false);
        self.current.set(0);
        self.requests.begin();
        self.choices.borrow_mut().begin(source);
        self.entropy.replace(Rng::with_seed(seed));
        self.fakes.begin();
        self.result.take();
    }

    /// Ends the run and drops what is left of it.
    pub(in crate::executor) fn end(&self) {
        self.run.set(0);
        self.tasks.borrow_mut().progress.clear();
        self.run_queue.borrow_mut().clear();
        self.requests.clear();
        self.observations.clear();
        self.fakes.clear();
    }

    /// Returns the world of this thread.
    pub(in crate::executor) fn of_thread() -> Rc<World> {
        WORLD.with(Rc::clone)
    }

    /// Returns the world of this thread, if a run is under way.
    pub(crate) fn current() -> Option<Rc<World>> {
        let world = WORLD.try_with(Rc::clone).ok()?;
        (world.run.get() != 0).then_some(world)
    }

    /// Calls `act` with the world of this thread, whether or not a run is under way. Returns `None` while the thread ends.
    #[inline]
    pub(crate) fn with<R>(act: impl FnOnce(&World) -> R) -> Option<R> {
        WORLD.try_with(|world| act(world)).ok()
    }

    /// Calls `act` with the world of this thread, if this run is under way.
    #[inline]
    pub(crate) fn with_run<R>(run: u64, act: impl FnOnce(&World) -> R) -> Option<R> {
        World::with(|world| (world.run.get() == run).then(|| act(world))).flatten()
    }

    /// Puts a task into the run queue.
    #[inline]
    pub(in crate::executor) fn enqueue(&self, task: u32) {
        self.run_queue.borrow_mut().push(task);
        if self.idle.is_idle.get() {
            self.end_idle();
        }
    }

    #[cold]
    fn end_idle(&self) {
        if let Some(waker) = &*self.idle.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    /// Sets the waker that ends the wait for a timer.
    pub(in crate::executor) fn set_idle_waker(&self, waker: Option<Waker>) {
        self.idle.is_idle.set(waker.is_some());
        *self.idle.waker.borrow_mut() = waker;
    }

    /// Spawns a task and returns its number. Returns `None` if the run is over; the future is dropped then.
    pub(crate) fn spawn(&self, origin: TaskOrigin<'_>, future: TaskFuture) -> Option<u32> {
        if self.is_closed.get() {
            drop(future);
            return None;
        }
        Some(self.add(origin.name, origin.site, origin.size, future))
    }

    /// Spawns a background task: it may be left at the end of the test, and reports do not show it.
    pub(crate) fn spawn_background(&self, name: &str, site: &'static Location<'static>, future: TaskFuture) {
        let number = self.add(name, site, 0, future);
        self.tasks.borrow_mut().info[number as usize].is_background = true;
        self.fakes.background_tasks.set(self.fakes.background_tasks.get() + 1);
    }

    /// Returns the number of the task that is spawned next, unless the run is over.
    pub(crate) fn next_task(&self) -> Option<u32> {
        (!self.is_closed.get()).then(|| self.tasks.borrow().progress.len() as u32)
    }

    pub(in crate::executor) fn add(
        &self,
        name: &str,
        site: &'static Location<'static>,
        size: usize,
        future: TaskFuture,
    ) -> u32 {
        let mut tasks = self.tasks.borrow_mut();
        let (number, parent) = (tasks.progress.len() as u32, self.current.get());
        self.run_queue.borrow_mut().push(number);
        self.requests.spawn(future);
        tasks.progress.push(TaskProgress::new());
        match tasks.info.get_mut(number as usize) {
            // Assigning field by field is faster than moving a new value.
            Some(info) => {
                if *info.name != *name {
                    info.name = self.names.get(name);
                }
                (info.site, info.parent, info.size) = (site, parent, size);
                (info.choices, info.delay, info.panic, info.is_joined) = (0, 0, None, false);
                info.is_background = false;
            }
            None => {
                let name = self.names.get(name);
                tasks.info.push(TaskInfo::new(name, site, parent, size));
            }
        }
        number
    }

    /// Aborts a task: it is dropped in its next turn, as in tokio.
    pub(crate) fn abort(&self, task: u32) {
        let mut tasks = self.tasks.borrow_mut();
        let alive = tasks.progress.get_mut(task as usize).filter(|progress| progress.state == TaskState::Alive);
        let Some(progress) = alive else { return };
        progress.state = TaskState::Aborted;
        self.requests.abort(task);
    }

    /// Notes that the waiter of a task has received its result.
    pub(crate) fn set_joined(&self, task: u32) {
        if let Some(info) = self.tasks.borrow_mut().info.get_mut(task as usize) {
            info.is_joined = true;
        }
    }

    /// Sets what the test returned.
    pub(crate) fn set_result(&self, result: Result<(), String>) {
        self.result.replace(Some(result));
    }

    /// Moves the clock forward by `time`, even if tasks are ready. The future completes once that is done.
    pub(crate) fn advance(&self, time: Duration) -> Completed {
        self.requests.advance(time)
    }

    /// Returns a future that completes when all other tasks are blocked.
    pub(crate) fn settle(&self) -> Completed {
        self.requests.settle()
    }

    /// Chooses one of `count` alternatives for the task that is being polled.
    pub(crate) fn choose(&self, count: u32) -> u32 {
        if self.is_probing.get() {
            return 0;
        }
        let (task, at) = self.next_choice();
        self.choices.borrow_mut().choose(ChoiceKey::Choose { task, at }, count)
    }

    /// Chooses whether a future of the task that is being polled is dropped. A random scheduler drops one in `once_in`.
    pub(crate) fn chooses_cancel(&self, once_in: u32) -> bool {
        if self.is_probing.get() {
            return false;
        }
        let (task, at) = self.next_choice();
        self.choices.borrow_mut().happens(ChoiceKey::Cancel { task, at }, once_in)
    }

    fn next_choice(&self) -> (u32, u32) {
        let task = self.current.get();
        let mut tasks = self.tasks.borrow_mut();
        let choices = &mut tasks.info[task as usize].choices;
        (task, std::mem::replace(choices, *choices + 1))
    }

    /// Leaves a note in the report of a failure.
    pub(crate) fn note(&self, text: String) {
        let note = Note { time: self.elapsed(), task: self.current.get(), text };
        self.record(|| Event::Note { text: note.text.clone() });
        self.observations.notes.borrow_mut().push(note);
    }

    /// Whether the run explains a failure, so that texts for its report are needed.
    pub(crate) fn is_explaining(&self) -> bool {
        self.observations.is_explaining.get()
    }

    /// Adds a function that describes the state of a fake, if a report will show it.
    pub(crate) fn add_state_reporter(&self, describe: impl Fn(ReportScope) -> Option<String> + 'static) {
        if self.is_explaining() {
            self.fakes.add_reporter(describe);
        }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::now()
    }

    /// When the run started, by tokio's clock.
    pub(in crate::executor) fn started(&self) -> Instant {
        self.started.get()
    }

    /// Virtual time since the start of the run.
    pub(crate) fn elapsed(&self) -> Duration {
        self.now().saturating_duration_since(self.started.get())
    }

    /// Virtual wall-clock time since 1970.
    pub(in crate::executor) fn since_epoch(&self) -> Duration {
        EPOCH + self.elapsed()
    }

    /// Virtual wall-clock time.
    pub(crate) fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.since_epoch()
    }

    /// Name of the task that is being polled; empty for a raw task.
    pub(crate) fn task_name(&self) -> String {
        let tasks = self.tasks.borrow();
        tasks.info.get(self.current.get() as usize).map_or_else(String::new, |info| info.name.to_string())
    }

    /// Identifies the task across runs.
    pub(in crate::executor) fn draw_site(&self, task: u32) -> DrawSite {
        DrawSite::Task(self.tasks.borrow().info[task as usize].site)
    }

    pub(crate) fn snapshots(&self) -> Vec<TaskSnapshot> {
        let mut tasks = self.tasks.borrow().snapshots();
        for number in self.run_queue.borrow().iter() {
            if let Some(task) = tasks.get_mut(number as usize) {
                task.is_ready = true;
            }
        }
        tasks
    }

    /// Begins a recording, before the test itself is spawned.
    pub(in crate::executor) fn begin_recording(&self) {
        self.observations.recorder.replace(Some(Box::default()));
    }

    /// Ends the recording and returns it.
    pub(in crate::executor) fn take_recording(&self) -> Option<Recording> {
        self.observations.recorder.take().map(|recorder| recorder.finish())
    }

    /// Records an event, if the run is recorded.
    pub(crate) fn record(&self, event: impl FnOnce() -> Event) {
        if self.is_probing.get() || self.observations.recorder.borrow().is_none() {
            return;
        }
        // The closure may run the test's own code, which may record something itself.
        let event = event();
        if let Some(recorder) = &mut *self.observations.recorder.borrow_mut() {
            // A timer may also wake a raw task, which wakes one of ours before the next step.
            let otherwise = || if is_in_raw_task() { Actor::RAW_TASKS } else { Actor::Timer };
            recorder.add(self.elapsed(), event, otherwise);
        }
    }

    /// Begins the step of `actor`, if the run is recorded.
    pub(in crate::executor) fn begin_step(&self, actor: Actor) {
        if let Some(recorder) = &mut *self.observations.recorder.borrow_mut() {
            recorder.begin_step(actor);
        }
    }

    /// Calls `act` between two steps, and attributes its events to `actor`.
    pub(in crate::executor) fn as_actor<R>(&self, actor: Actor, act: impl FnOnce() -> R) -> R {
        let set_actor = |actor| {
            if let Some(recorder) = &mut *self.observations.recorder.borrow_mut() {
                recorder.set_actor(actor);
            }
        };
        set_actor(Some(actor));
        let result = act();
        self.record_requests();
        set_actor(None);
        result
    }

    /// Records the tasks that were spawned and aborted since the last call.
    pub(in crate::executor) fn record_requests(&self) {
        let mut recorder = self.observations.recorder.borrow_mut();
        let Some(recorder) = &mut *recorder else { return };
        let tasks = self.tasks.borrow();
        let count = tasks.progress.len() as u32;
        recorder.add_spawned(self.elapsed(), count, |task| tasks.info[task as usize].parent);
        for &task in self.requests.aborted.borrow().iter() {
            recorder.add(self.elapsed(), Event::Abort { task }, || Actor::Timer);
        }
    }
}
