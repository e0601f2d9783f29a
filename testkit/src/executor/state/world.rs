//! The thread-local state of a run. Polled code finds it without a handle.

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
use super::hosts::Hosts;
use super::observations::Observations;
#[cfg(feature = "interpose")]
use super::requests::RefusedCall;
use super::requests::{Completed, Requests};
use super::run_queue::RunQueue;
use super::task_table::{TaskFuture, TaskInfo, TaskNames, TaskProgress, TaskTable};
use super::tokio_tasks::TokioTasks;
use crate::executor::tokio::DrawSite;
#[cfg(feature = "interpose")]
use crate::failure::{CallStack, PanicReport};
use crate::schedule::{ChoiceKey, RAW_TASKS};
use crate::scheduler::{ChoiceSource, Choices};
#[cfg(feature = "interpose")]
use crate::trace::TaskStack;
use crate::trace::{Actor, Event, Note, Recording, TaskSnapshot, TaskState};

thread_local! {
    /// Reused by all runs of this thread.
    static WORLD: Rc<World> = Rc::new(World::new());
}

/// The state of a run that the run loop shares with the polled code.
pub(crate) struct World {
    /// Number of the current run; 0 if there is none.
    pub(crate) run: Cell<u64>,
    started: Cell<Instant>,
    /// Whether the run accepts no new tasks.
    pub(in crate::executor) is_closed: Cell<bool>,
    /// Whether the current poll is spurious, that is, without a wake. A spurious poll makes no choices.
    pub(crate) is_spurious_poll: Cell<bool>,
    /// The task that is being polled.
    pub(crate) current: Cell<u32>,
    pub(crate) tasks: RefCell<TaskTable>,
    names: TaskNames,
    pub(in crate::executor) tokio_tasks: TokioTasks,
    /// Must not be borrowed while a task may be woken.
    pub(in crate::executor) run_queue: RefCell<RunQueue>,
    idle: IdleSignal,
    pub(in crate::executor) requests: Requests,
    pub(crate) choices: RefCell<Choices>,
    pub(crate) entropy: RefCell<Rng>,
    pub(crate) fakes: FakeRegistry,
    pub(crate) hosts: Hosts,
    pub(in crate::executor) observations: Observations,
    /// Payload of the panic of the task that is being dropped.
    pub(in crate::executor) panic: Cell<Option<Box<dyn Any + Send>>>,
    /// Result of the test, once its task has returned.
    pub(in crate::executor) result: RefCell<Option<Result<(), String>>>,
}

/// Ends the wait for a timer as soon as a task is woken.
#[derive(Default)]
struct IdleSignal {
    is_idle: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Wall-clock time at which every simulation starts, since 1970. A round number is easy to recognize in a log.
const EPOCH: Duration = Duration::from_secs(1_800_000_000);

impl World {
    fn new() -> Self {
        World {
            run: Cell::new(0),
            started: Cell::new(Instant::now()),
            is_closed: Cell::new(true),
            is_spurious_poll: Cell::default(),
            current: Cell::new(0),
            tasks: RefCell::default(),
            names: TaskNames::default(),
            tokio_tasks: TokioTasks::new(),
            run_queue: RefCell::new(RunQueue::new()),
            idle: IdleSignal::default(),
            requests: Requests::default(),
            choices: RefCell::default(),
            entropy: RefCell::new(Rng::with_seed(0)),
            fakes: FakeRegistry::default(),
            hosts: Hosts::default(),
            observations: Observations::default(),
            panic: Cell::default(),
            result: RefCell::default(),
        }
    }

    /// Begins a run. Keeps only the allocations of the last run.
    pub(in crate::executor) fn begin(&self, run: u64, seed: u64, started: Instant, source: ChoiceSource) {
        self.run.set(run);
        self.started.set(started);
        self.is_closed.set(false);
        self.current.set(0);
        self.requests.begin();
        self.tokio_tasks.begin();
        self.choices.borrow_mut().begin(source);
        self.entropy.replace(Rng::with_seed(seed));
        self.fakes.begin();
        self.result.take();
    }

    /// Ends the run and drops its remaining state.
    pub(in crate::executor) fn end(&self) {
        self.run.set(0);
        self.tasks.borrow_mut().progress.clear();
        self.run_queue.borrow_mut().clear();
        self.requests.clear();
        self.observations.clear();
        self.fakes.clear();
        self.hosts.clear();
    }

    /// Returns the world of this thread.
    pub(in crate::executor) fn this_thread() -> Rc<World> {
        WORLD.with(Rc::clone)
    }

    /// Returns the world of this thread, if a simulation is running on it.
    pub(crate) fn current() -> Option<Rc<World>> {
        let world = WORLD.try_with(Rc::clone).ok()?;
        (world.run.get() != 0).then_some(world)
    }

    /// Calls `act` with the world of this thread, even if there is no current run. Returns `None` while the thread
    /// ends.
    #[inline]
    pub(crate) fn with<R>(act: impl FnOnce(&World) -> R) -> Option<R> {
        WORLD.try_with(|world| act(world)).ok()
    }

    /// Calls `act` with the world of this thread, if `run` is its current run.
    #[inline]
    pub(crate) fn with_run<R>(run: u64, act: impl FnOnce(&World) -> R) -> Option<R> {
        World::with(|world| (world.run.get() == run).then(|| act(world))).flatten()
    }

    /// Returns whether the caller is a raw task: one that tokio runs itself.
    pub(in crate::executor) fn is_in_raw_task() -> bool {
        World::with(|world| world.tokio_tasks.is_in_raw_task()).unwrap_or(false)
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

    /// Spawns a task and returns its number. Drops the future and returns `None` if the run is over.
    pub(crate) fn spawn(&self, origin: TaskOrigin<'_>, future: TaskFuture) -> Option<u32> {
        if self.is_closed.get() {
            drop(future);
            return None;
        }
        Some(self.add(origin.name, origin.site, origin.size, future))
    }

    /// Spawns a background task. It may outlive the test, and reports do not show it.
    pub(crate) fn spawn_background(&self, name: &str, site: &'static Location<'static>, future: TaskFuture) {
        let number = self.add(name, site, 0, future);
        self.tasks.borrow_mut().info[number as usize].is_background = true;
        self.fakes.background_tasks.set(self.fakes.background_tasks.get() + 1);
    }

    /// Returns the number of the next task to be spawned, or `None` if the run is over.
    pub(crate) fn next_task_number(&self) -> Option<u32> {
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
        // A task belongs to the host of the task that spawned it.
        let host = if number == 0 { None } else { tasks.info[parent as usize].host };
        tasks.progress.push(TaskProgress::new());
        match tasks.info.get_mut(number as usize) {
            // Assigning field by field is faster than moving a new value.
            Some(info) => {
                if *info.name != *name {
                    info.name = self.names.get(name);
                }
                (info.site, info.parent, info.size) = (site, parent, size);
                (info.choices, info.delay, info.panic, info.panic_received_by) = (0, 0, None, None);
                (info.is_background, info.joined_by, info.host) = (false, None, host);
            }
            None => {
                let name = self.names.get(name);
                tasks.info.push(TaskInfo { host, ..TaskInfo::new(name, site, parent, size) });
            }
        }
        number
    }

    /// Returns the host of the task that is being polled; `None` for the host `main`.
    pub(crate) fn current_host(&self) -> Option<u32> {
        if self.tokio_tasks.is_in_raw_task() {
            return None;
        }
        self.tasks.borrow().info.get(self.current.get() as usize)?.host
    }

    /// Returns the host of a task; `None` for the host `main`.
    pub(in crate::executor) fn host_of(&self, task: u32) -> Option<u32> {
        self.tasks.borrow().info.get(task as usize)?.host
    }

    /// Moves a task to a host.
    pub(crate) fn set_host(&self, task: u32, host: u32) {
        self.tasks.borrow_mut().info[task as usize].host = Some(host);
    }

    /// Returns the tasks of a host that are alive.
    pub(crate) fn tasks_of(&self, host: u32) -> Vec<u32> {
        let tasks = self.tasks.borrow();
        let numbered = tasks.progress.iter().zip(&tasks.info).zip(0..);
        let of_host = numbered.filter(|((progress, info), _)| progress.state.is_alive() && info.host == Some(host));
        of_host.map(|(_, number)| number).collect()
    }

    /// Aborts a task. As in tokio, it is dropped when it would be polled next.
    pub(crate) fn abort(&self, task: u32) {
        let mut tasks = self.tasks.borrow_mut();
        let alive = tasks.progress.get_mut(task as usize).filter(|progress| progress.state == TaskState::Alive);
        let Some(progress) = alive else { return };
        progress.state = TaskState::Aborted;
        self.requests.abort(task);
    }

    /// Records that the waiter of a task has received its result, and with it any panic.
    pub(crate) fn set_panic_received(&self, task: u32) {
        if let Some(info) = self.tasks.borrow_mut().info.get_mut(task as usize) {
            let by = if self.tokio_tasks.is_in_raw_task() { RAW_TASKS } else { self.current.get() };
            info.panic_received_by = Some(by);
        }
    }

    /// Records that the task that is being polled waits for the result of `task`.
    pub(crate) fn set_joined_by(&self, task: u32) {
        if let Some(info) = self.tasks.borrow_mut().info.get_mut(task as usize) {
            info.joined_by = Some(self.current.get());
        }
    }

    /// Records that a socket which tokio watches has become ready.
    #[cfg(feature = "interpose")]
    pub(crate) fn notice_ready_socket(&self) {
        self.requests.notice_ready_socket();
    }

    /// Ends the run because of a system call that cannot be simulated. `describe` returns the reason.
    #[cfg(feature = "interpose")]
    pub(crate) fn refuse_call(&self, describe: impl FnOnce() -> String) {
        let task = if self.tokio_tasks.is_in_raw_task() { RAW_TASKS } else { self.current.get() };
        let stack = CallStack(self.is_explaining().then(|| std::sync::Arc::new(TaskStack::current())));
        let report = PanicReport { message: describe(), place: String::new(), stack };
        self.requests.refuse_call(RefusedCall { task, report });
    }

    /// Sets the result of the test.
    pub(crate) fn set_result(&self, result: Result<(), String>) {
        self.result.replace(Some(result));
    }

    /// Moves the clock forward by `time`, even if tasks are ready. The returned future completes once that is done.
    pub(crate) fn advance(&self, time: Duration) -> Completed {
        self.requests.advance(time)
    }

    /// Returns a future that completes when all other tasks are blocked.
    pub(crate) fn settle(&self) -> Completed {
        self.requests.settle()
    }

    /// Chooses one of `count` alternatives for the task that is being polled.
    pub(crate) fn choose(&self, count: u32) -> u32 {
        if self.is_spurious_poll.get() {
            return 0;
        }
        let (task, index) = self.next_choice();
        self.choices.borrow_mut().choose(ChoiceKey::Choose { task, index }, count)
    }

    /// Chooses whether a future of the task that is being polled is dropped. Random schedulers drop it once in `one_in`
    /// times.
    pub(crate) fn chooses_cancel(&self, one_in: u32) -> bool {
        if self.is_spurious_poll.get() {
            return false;
        }
        let (task, index) = self.next_choice();
        self.choices.borrow_mut().happens(ChoiceKey::Cancel { task, index }, one_in)
    }

    fn next_choice(&self) -> (u32, u32) {
        let task = self.current.get();
        let mut tasks = self.tasks.borrow_mut();
        let choices = &mut tasks.info[task as usize].choices;
        (task, std::mem::replace(choices, *choices + 1))
    }

    /// Adds a note to the report of a failure.
    pub(crate) fn note(&self, text: String) {
        let note = Note { time: self.elapsed(), task: self.current.get(), text };
        self.record(|| Event::Note { text: note.text.clone() });
        self.observations.notes.borrow_mut().push(note);
    }

    /// Records that a fake did something that the test can see.
    pub(crate) fn record_fake_call() {
        World::with(|world| world.fakes.calls.set(world.fakes.calls.get() + 1));
    }

    /// Returns whether the run explains a failure, and so needs texts for its report.
    pub(crate) fn is_explaining(&self) -> bool {
        self.observations.is_explaining.get()
    }

    /// Adds a function that describes the state of a fake, if the run explains a failure.
    pub(crate) fn add_state_reporter(&self, describe: impl Fn(ReportScope) -> Option<String> + 'static) {
        if self.is_explaining() {
            self.fakes.add_reporter(describe);
        }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::now()
    }

    /// Returns the start of the run, on tokio's clock.
    pub(in crate::executor) fn started(&self) -> Instant {
        self.started.get()
    }

    /// Returns the virtual time since the start of the run.
    pub(crate) fn elapsed(&self) -> Duration {
        self.now().saturating_duration_since(self.started.get())
    }

    /// Returns the virtual wall-clock time since 1970, as the host of the current task shows it.
    pub(in crate::executor) fn since_epoch(&self) -> Duration {
        let skew = if self.hosts.are_used() { self.hosts.skew(self.current_host()) } else { Duration::ZERO };
        EPOCH + self.elapsed() + skew
    }

    /// Returns the virtual wall-clock time.
    pub(crate) fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.since_epoch()
    }

    /// Returns the name of the task that is being polled. Empty for a raw task.
    pub(crate) fn task_name(&self) -> String {
        let tasks = self.tasks.borrow();
        tasks.info.get(self.current.get() as usize).map_or_else(String::new, |info| info.name.to_string())
    }

    /// Returns the identity of a task across runs.
    pub(in crate::executor) fn draw_site(&self, task: u32) -> DrawSite {
        DrawSite::Task(self.tasks.borrow().info[task as usize].site)
    }

    pub(crate) fn snapshots(&self) -> Vec<TaskSnapshot> {
        let mut tasks = self.tasks.borrow().snapshots();
        for (task, info) in tasks.iter_mut().zip(&self.tasks.borrow().info) {
            task.host = self.hosts.name(info.host);
        }
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
        if self.is_spurious_poll.get() || self.observations.recorder.borrow().is_none() {
            return;
        }
        // The closure may run code of the test, which may record events itself.
        let event = event();
        if let Some(recorder) = &mut *self.observations.recorder.borrow_mut() {
            // A timer may wake a raw task, which wakes a task of the simulation before the next step.
            let otherwise = || if self.tokio_tasks.is_in_raw_task() { Actor::RAW_TASKS } else { Actor::Timer };
            recorder.add(self.elapsed(), event, otherwise);
        }
    }

    /// Begins a step of `actor`, if the run is recorded.
    pub(in crate::executor) fn begin_step(&self, actor: Actor) {
        if let Some(recorder) = &mut *self.observations.recorder.borrow_mut() {
            recorder.begin_step(actor);
        }
    }

    /// Calls `act` between two steps and attributes its events to `actor`.
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
