//! The tasks of one run: starts them, polls them, ends them, and collects their panics.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use di_core::ambient::TaskEnd;

use super::engine::Engine;
use super::fingerprint::Fingerprint;
use super::in_simulation::{inside, set_time};
use super::liveness::Watch;
use super::panics::{self, PanicPayload, RaisedPanic};
use super::plan::{DROPPING, RunPlan, TestFn};
use super::state::{TaskFuture, TaskInfo, TaskProgress, World};
use super::tokio::{self, UnknownDraw};
use crate::failure::{FailureCause, PanicReport, RunRecord};
use crate::schedule::RAW_TASKS;
use crate::scheduler::Profile;
use crate::trace::{Actor, Event, Preemption, Step, TaskState};

/// Path of this module, which polls tasks. Stack frames further out than those of this module do not belong to a task.
pub(crate) const POLL_MODULE: &str = module_path!();

/// The tasks of a run. Starts, polls and ends them, and logs observations.
pub(super) struct Execution<'a> {
    pub(super) engine: &'a mut Engine,
    pub(super) world: Rc<World>,
    pub(super) plan: RunPlan<'a>,
    pub(super) polling: Polling,
    /// Number of tasks with cells.
    cell_count: usize,
    pub(super) steps: u64,
    /// Number of steps before the current virtual time.
    pub(super) steps_before_now: u64,
    pub(super) log: RunLog,
    /// Tasks that panicked, in order.
    panicked: Vec<u32>,
    pub(super) has_main_ended: bool,
    /// Unexpected random draw of the current poll.
    pub(super) unknown_draw: Option<UnknownDraw>,
    pub(super) is_watched: bool,
    /// Index of the first panic of a raw task that nothing awaited.
    raw_panic: Option<usize>,
}

/// Settings for the polls of a run.
#[derive(Clone, Copy)]
pub(super) struct Polling {
    /// Whether the head of the run queue always runs, and no poll is preempted.
    pub(super) is_fifo: bool,
    /// Whether more than the result of a poll is observed.
    pub(super) is_instrumented: bool,
    /// Whether the tokio operations of each poll are counted.
    pub(super) counts_operations: bool,
}

/// Observations of a run in progress.
pub(super) struct RunLog {
    pub(super) fingerprint: Fingerprint,
    pub(super) trace: Vec<Step>,
    pub(super) preemptions: Vec<Preemption>,
    pub(super) profile: Profile,
}

impl<'a> Execution<'a> {
    pub(super) fn new(engine: &'a mut Engine, world: Rc<World>, plan: RunPlan<'a>) -> Self {
        let (is_fifo, wants_operations) =
            (world.choices.borrow().is_default(), world.choices.borrow().wants_operations());
        let counts_operations = plan.observe.profile || wants_operations;
        let is_watched = !matches!(plan.watch, Watch::Off);
        let is_instrumented = plan.observe.stacks || plan.draws.is_any() || counts_operations || is_watched;
        Execution {
            engine,
            world,
            plan,
            polling: Polling { is_fifo, is_instrumented, counts_operations },
            cell_count: 0,
            steps: 0,
            steps_before_now: 0,
            log: RunLog {
                fingerprint: Fingerprint::new(),
                trace: Vec::new(),
                preemptions: Vec::new(),
                profile: Profile::default(),
            },
            panicked: Vec::new(),
            has_main_ended: false,
            unknown_draw: None,
            is_watched,
            raw_panic: None,
        }
    }

    /// Spawns the test as task 0.
    pub(super) fn spawn_main(&mut self, test: &TestFn) {
        // The function may spawn tasks and make choices, so its task must exist before the call.
        self.world.add("main", self.plan.site, 0, Box::pin(std::future::pending()));
        let future = match inside(|| catch_unwind(AssertUnwindSafe(test))) {
            Ok(future) => future,
            // A panic of this function counts as a panic of the test.
            Err(payload) => Box::pin(async move { resume_unwind(payload) }),
        };
        let mut tasks = self.world.tasks.borrow_mut();
        tasks.info[0].size = size_of_val(&*future);
        self.world.requests.spawned.borrow_mut()[0] = future;
    }

    /// Moves the futures of new tasks into cells.
    pub(super) fn take_spawned(&mut self) {
        let mut spawned = self.world.requests.spawned.borrow_mut();
        let (run, engine) = (self.world.run.get(), &mut *self.engine);
        let mut number = self.cell_count + spawned.len();
        self.cell_count = number;
        engine.reserve_cells(number);
        while let Some(future) = spawned.pop() {
            number -= 1;
            let cell = &mut engine.cells[number];
            cell.put(run, future);
            if self.plan.draws.is_any() {
                let site = self.world.draw_site(number as u32);
                cell.is_drawing = self.plan.draws.drawing.contains(&site);
                cell.max_draws =
                    self.world.choices.borrow_mut().select_limit(number as u32, self.plan.draws.limit(&site));
            }
        }
    }

    /// Adds a step to the trace, if the run keeps one.
    #[inline]
    pub(super) fn trace(&mut self, task: u32, poll: u32, is_ready: bool, deviations: usize) {
        if self.plan.observe.trace {
            let queued = self.world.run_queue.borrow().len() as u32;
            let time = self.world.elapsed();
            self.log.trace.push(Step { task, poll, is_ready, queued, time, deviations });
            if self.plan.observe.record {
                self.record_step(task, poll);
            }
        }
    }

    /// Moves the clock forward, even if tasks are ready.
    pub(super) fn advance(&mut self, time: Duration) {
        let mut tasks = self.world.tasks.borrow_mut();
        let cells = self.engine.cells.iter();
        for (info, _) in tasks.info.iter_mut().zip(cells).filter(|(_, cell)| cell.wake_state.is_queued()) {
            info.delay += time.as_nanos() as u64;
        }
        drop(tasks);
        self.steps_before_now = self.steps;
        self.engine.tokio.advance(time);
        self.publish_time();
    }

    /// Sets the operating system's clocks as the code under test sees them.
    pub(super) fn publish_time(&self) {
        if cfg!(feature = "interpose") {
            set_time(self.engine.since_base(), self.world.since_epoch());
        }
    }

    pub(super) fn set_state(&self, number: u32, state: TaskState) {
        self.world.tasks.borrow_mut().progress[number as usize].state = state;
    }

    /// Ends a task after its last poll, which completed or panicked.
    pub(super) fn complete(&mut self, number: u32, polled: thread::Result<Poll<TaskEnd>>) {
        let has_panicked = !matches!(polled, Ok(Poll::Ready(TaskEnd::Done)));
        self.set_state(number, if has_panicked { TaskState::Panicked } else { TaskState::Done });
        self.has_main_ended |= number == 0;
        if has_panicked {
            let report = match &polled {
                Err(payload) => panics::report_of(&**payload),
                // The payload was sent to the task's handle.
                Ok(_) => panics::take().into_iter().last().unwrap_or_else(PanicReport::without_message),
            };
            self.add_panic(number, report);
        }
        self.world.panic.set(polled.err());
        // If the task's handle was dropped, this drops the result as well.
        self.drop_future(number);
        if let Some(payload) = self.world.panic.take() {
            panics::drop_payload(payload);
        }
    }

    /// Prepares for a poll of a task on its host. Returns whether the host has crashed instead.
    #[cold]
    pub(super) fn enter_host(&self, number: u32) -> bool {
        self.world.current.set(number);
        if let Some(host) = self.world.host_of(number) {
            self.world.hosts.before_poll(host);
        }
        self.publish_time();
        self.world.tasks.borrow().progress[number as usize].state == TaskState::Aborted
    }

    /// Drops an aborted task instead of polling it.
    #[cold]
    pub(super) fn cancel(&mut self, number: u32) {
        self.set_state(number, TaskState::Cancelled);
        let world = self.world.clone();
        world.as_actor(Actor::Task(number), || {
            world.record(|| Event::Drop { task: number });
            self.drop_future(number);
        });
    }

    /// Records a panic of a task. No waiter has received it yet. Only the first panic of a task is kept.
    fn add_panic(&mut self, number: u32, panic: PanicReport) {
        let mut tasks = self.world.tasks.borrow_mut();
        let info = &mut tasks.info[number as usize];
        info.panic = info.panic.take().or(Some(Box::new(panic)));
        (info.panic_received_by, info.panicked_at) = (None, self.world.elapsed());
        self.panicked.push(number);
    }

    /// Drops the future of a task. This sends the result to the waiter, unless it was sent before. Returns false if the
    /// drop panicked.
    fn drop_future(&mut self, number: u32) -> bool {
        let future = self.engine.cells[number as usize].future.take();
        self.world.current.set(number);
        let dropped = inside(|| catch_unwind(AssertUnwindSafe(|| drop(future))));
        let is_ok = dropped.is_ok();
        if let Err(payload) = dropped {
            self.add_panic(number, panics::report_of(&*payload));
            panics::drop_payload(payload);
        }
        is_ok
    }

    /// Drops the remaining tasks, one by one. Returns the first panic of a drop.
    pub(super) fn tear_down(&mut self) -> Option<FailureCause> {
        self.world.is_closed.set(true);
        let mut failure = None;
        for number in 0..self.cell_count as u32 {
            let cell = &mut self.engine.cells[number as usize];
            if self.plan.observe.leak_tasks {
                std::mem::forget(cell.future.take());
            }
            if cell.future.is_none() {
                continue;
            }
            self.plan.heartbeat.steps.store(DROPPING + u64::from(number), Ordering::Relaxed);
            if !self.drop_future(number) {
                failure = failure.or_else(|| self.panic_of(number, true, None));
            }
        }
        failure
    }

    /// Returns the panic of a task as a failure.
    fn panic_of(&self, task: u32, while_dropped: bool, consequence: Option<Box<FailureCause>>) -> Option<FailureCause> {
        let tasks = self.world.tasks.borrow();
        let info = &tasks.info[task as usize];
        let panic = *info.panic.clone()?;
        Some(FailureCause::Panic { task, panic, while_dropped, time: info.panicked_at, consequence })
    }

    /// Returns the first panic that no waiter has received.
    pub(super) fn unhandled_panic(&self) -> Option<FailureCause> {
        let is_received = |task: u32| {
            let info = &self.world.tasks.borrow().info[task as usize];
            info.panic_received_by.is_some() || self.world.hosts.may_panic(info.host)
        };
        let Some(task) = self.panicked.iter().copied().find(|&task| !is_received(task)) else {
            return self.raw_panic();
        };
        let failure = self.panic_of(task, false, None)?;
        let FailureCause::Panic { panic, .. } = &failure else { unreachable!("a panic is a panic") };
        let message = panic.message.clone();
        Some(match self.first_panic(task, &message, failure) {
            FailureCause::Panic { task, panic, .. } if tokio::is_missing_io_driver(&panic.message) => {
                FailureCause::RealIo { task, panic }
            }
            first => first,
        })
    }

    /// Looks for new panics of raw tasks, after `before` earlier ones. A panic is a failure, unless something may have
    /// awaited the task: `is_woken` shows that a task of the simulation was woken, and another raw task may wait.
    pub(super) fn check_raw_panics(&mut self, before: usize, is_woken: bool) {
        if panics::raw_count() > before && !is_woken && self.engine.tokio.raw_tasks() == 0 {
            self.raw_panic.get_or_insert(before);
        }
    }

    /// Returns the first panic of a raw task that nothing awaited.
    fn raw_panic(&self) -> Option<FailureCause> {
        let RaisedPanic { report, at } = panics::raw(self.raw_panic?)?;
        if tokio::is_missing_io_driver(&report.message) {
            return Some(FailureCause::RealIo { task: RAW_TASKS, panic: report });
        }
        let (task, time) = (RAW_TASKS, at.time);
        Some(FailureCause::Panic { task, panic: report, while_dropped: false, time, consequence: None })
    }

    /// Returns the panic of another task that led to the failure of `task`: it was received by `task`, and `text`, the
    /// text of the failure, contains its message. Returns `failure` itself if there is none.
    fn first_panic(&self, task: u32, text: &str, failure: FailureCause) -> FailureCause {
        let origin = self.panicked.iter().copied().find(|&other| {
            let tasks = self.world.tasks.borrow();
            let info = &tasks.info[other as usize];
            let is_quoted = info.panic.as_ref().is_some_and(|panic| text.contains(&panic.message));
            info.panic_received_by == Some(task) && other != task && (is_quoted || text.contains("JoinError"))
        });
        let Some(origin) = origin else { return caught_panic(text, &failure).unwrap_or(failure) };
        let Some(first) = self.panic_of(origin, false, Some(Box::new(failure.clone()))) else { return failure };
        let FailureCause::Panic { panic, .. } = &first else { unreachable!("a panic is a panic") };
        let message = panic.message.clone();
        self.first_panic(origin, &message, first)
    }

    /// Returns the failure of the test itself, once its task has ended.
    pub(super) fn failure_of_main(&self) -> Option<FailureCause> {
        match self.world.result.take() {
            // A waiter may still receive the panics of other tasks.
            Some(Ok(())) => None,
            // The panic of another task may have caused the error.
            Some(Err(text)) => Some(
                self.unhandled_panic()
                    .unwrap_or_else(|| self.first_panic(0, &text, FailureCause::Error { text: text.clone() })),
            ),
            None => self.unhandled_panic(),
        }
    }

    /// Returns the failure of the run, once the test has ended and the other tasks take no more steps.
    pub(super) fn failure_at_end(&self) -> Option<FailureCause> {
        if let Some(panic) = self.unhandled_panic() {
            return Some(panic);
        }
        let tasks = self.world.tasks.borrow();
        // Other hosts than `main` keep running when the test ends.
        let is_left = |(task, info): &(&TaskProgress, &TaskInfo)| task.state.is_alive() && info.host.is_none();
        let alive = tasks.progress.iter().zip(&tasks.info).filter(is_left).count();
        let is_leak = alive > self.world.fakes.background_tasks.get() && !self.plan.limits.allow_leaks;
        is_leak.then_some(FailureCause::TaskLeak)
    }

    /// Returns the failure for a panic that was raised outside of a poll.
    pub(super) fn panic_outside_poll(&self, payload: PanicPayload) -> FailureCause {
        let panic = panics::report_of(&*payload);
        panics::drop_payload(payload);
        let (task, time) = (self.world.current.get(), self.world.elapsed());
        FailureCause::Panic { task, panic, while_dropped: false, time, consequence: None }
    }

    /// Returns a failure if a wake came from another thread.
    pub(super) fn foreign_wake(&self) -> Option<FailureCause> {
        let wake = self.engine.remote.has_any().then(|| self.engine.remote.take())??;
        Some(FailureCause::ForeignWake { task: wake.task, thread: wake.thread })
    }

    /// Returns a record of the run with the fields that every record has.
    pub(super) fn record(&self, failure: Option<FailureCause>) -> RunRecord {
        let mut tasks = self.world.snapshots();
        for (task, cell) in tasks.iter_mut().zip(&self.engine.cells) {
            task.left_waker = cell.is_waker_held();
        }
        let raw_tasks = self.engine.tokio.raw_tasks();
        let needs_hooks = self.world.tokio_tasks.are_used();
        RunRecord { failure, seed: self.plan.seed, tasks, raw_tasks, needs_hooks, ..RunRecord::default() }
    }
}

/// Returns the panic that a task caught and that `text`, the text of a failure, quotes. Returns `None` if that is the
/// failure itself.
fn caught_panic(text: &str, failure: &FailureCause) -> Option<FailureCause> {
    let RaisedPanic { report, at } = panics::caught(text)?;
    if matches!(failure, FailureCause::Panic { panic, .. } if panic.message == report.message) {
        return None;
    }
    let consequence = Some(Box::new(failure.clone()));
    Some(FailureCause::Panic { task: at.task, panic: report, while_dropped: false, time: at.time, consequence })
}

/// Polls a future inside the simulation, and catches its panic.
#[inline]
pub(super) fn poll_future(future: &mut TaskFuture, waker: &Waker) -> thread::Result<Poll<TaskEnd>> {
    inside(|| catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(waker)))))
}
