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
use super::panics::{self, PanicPayload};
use super::plan::{DROPPING, RunPlan, TestFn};
use super::state::{TaskFuture, World};
use super::tokio::UnknownDraw;
use crate::failure::{FailureCause, PanicReport, RunRecord};
use crate::schedule::ChoiceKey;
use crate::scheduler::Profile;
use crate::trace::{Actor, Event, Step, TaskStack, TaskState};

/// Path of this module, which polls tasks. Below its frames, no frame of a stack belongs to a task.
pub(crate) const POLL_MODULE: &str = module_path!();

/// The tasks of a run: starts, polls and ends them, and keeps what is observed.
pub(super) struct Execution<'a> {
    pub(super) engine: &'a mut Engine,
    pub(super) world: Rc<World>,
    pub(super) plan: RunPlan<'a>,
    /// How tasks are polled in this run.
    pub(super) polling: Polling,
    /// Number of tasks that have cells.
    count: usize,
    pub(super) steps: u64,
    pub(super) log: RunLog,
    /// Tasks that have panicked, in order.
    panicked: Vec<u32>,
    pub(super) has_main_ended: bool,
    /// An unexpected random draw of the poll that is under way.
    pub(super) unknown_draw: Option<UnknownDraw>,
}

/// How tasks are polled.
#[derive(Clone, Copy)]
pub(super) struct Polling {
    /// The first task of the run queue always runs, and no poll is preempted.
    pub(super) is_fifo: bool,
    /// More than the result of a poll is observed.
    pub(super) is_instrumented: bool,
    /// The operations of each poll are counted.
    pub(super) counts_operations: bool,
}

/// What is observed of a run while it goes on.
pub(super) struct RunLog {
    pub(super) fingerprint: Fingerprint,
    pub(super) trace: Vec<Step>,
    pub(super) preemptions: Vec<(ChoiceKey, TaskStack)>,
    pub(super) profile: Profile,
}

impl<'a> Execution<'a> {
    pub(super) fn new(engine: &'a mut Engine, world: Rc<World>, plan: RunPlan<'a>) -> Self {
        let (is_fifo, wants_operations) =
            (world.choices.borrow().is_default(), world.choices.borrow().wants_operations());
        let counts_operations = plan.observe.profile || wants_operations;
        let is_instrumented = plan.observe.stacks || plan.draws.is_any() || counts_operations;
        Execution {
            engine,
            world,
            plan,
            polling: Polling { is_fifo, is_instrumented, counts_operations },
            count: 0,
            steps: 0,
            log: RunLog {
                fingerprint: Fingerprint::new(),
                trace: Vec::new(),
                preemptions: Vec::new(),
                profile: Profile::default(),
            },
            panicked: Vec::new(),
            has_main_ended: false,
            unknown_draw: None,
        }
    }

    /// Spawns the test as task 0.
    pub(super) fn spawn_main(&mut self, test: &TestFn) {
        // The task exists before its function is called, which may spawn tasks and make choices.
        self.world.add("main", self.plan.site, 0, Box::pin(std::future::pending()));
        let future = match inside(|| catch_unwind(AssertUnwindSafe(test))) {
            Ok(future) => future,
            // A panic of the function that returns the test's future counts as a panic of the test.
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
        let mut number = self.count + spawned.len();
        self.count = number;
        engine.reserve_cells(number);
        while let Some(future) = spawned.pop() {
            number -= 1;
            let cell = &mut engine.cells[number];
            cell.put(run, future);
            if self.plan.draws.is_any() {
                let site = self.world.draw_site(number as u32);
                cell.is_drawing = self.plan.draws.drawing.contains(&site);
                cell.max_draws = self.world.choices.borrow_mut().draws(number as u32, self.plan.draws.limit(&site));
            }
        }
    }

    /// Adds the step to the trace, if the run keeps one.
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
        self.engine.tokio.advance(time);
        self.publish_time();
    }

    /// Sets the clocks that the code under test reads.
    pub(super) fn publish_time(&self) {
        if cfg!(feature = "interpose") {
            set_time(self.engine.since_base(), self.world.since_epoch());
        }
    }

    pub(super) fn set_state(&self, number: u32, state: TaskState) {
        self.world.tasks.borrow_mut().progress[number as usize].state = state;
    }

    /// Ends a task whose poll returned its result, or panicked.
    pub(super) fn complete(&mut self, number: u32, polled: thread::Result<Poll<TaskEnd>>) {
        let has_panicked = !matches!(polled, Ok(Poll::Ready(TaskEnd::Done)));
        self.set_state(number, if has_panicked { TaskState::Panicked } else { TaskState::Done });
        self.has_main_ended |= number == 0;
        if has_panicked {
            let report = match &polled {
                Err(payload) => panics::report_of(&**payload),
                // The payload went to the task's handle.
                Ok(_) => panics::take().into_iter().last().unwrap_or_else(PanicReport::without_message),
            };
            self.add_panic(number, report);
        }
        self.world.panic.set(polled.err());
        // If nothing waits for the task, its result is dropped along with it.
        self.drop_future(number);
        if let Some(payload) = self.world.panic.take() {
            panics::drop_payload(payload);
        }
    }

    /// Drops an aborted task, in its turn.
    #[cold]
    pub(super) fn cancel(&mut self, number: u32) {
        self.set_state(number, TaskState::Cancelled);
        let world = self.world.clone();
        world.as_actor(Actor::Task(number), || {
            world.record(|| Event::Drop { task: number });
            self.drop_future(number);
        });
    }

    /// Notes a panic of a task, which no waiter has received yet. The first panic is the one that is reported.
    fn add_panic(&mut self, number: u32, panic: PanicReport) {
        let mut tasks = self.world.tasks.borrow_mut();
        let info = &mut tasks.info[number as usize];
        info.panic = info.panic.take().or(Some(Box::new(panic)));
        info.is_joined = false;
        self.panicked.push(number);
    }

    /// Drops the future of a task, which delivers the task's result to its waiter. Returns false if that panicked.
    fn drop_future(&mut self, number: u32) -> bool {
        let future = self.engine.cells[number as usize].future.take();
        self.world.current.set(number);
        let dropped = inside(|| catch_unwind(AssertUnwindSafe(|| drop(future))));
        let is_quiet = dropped.is_ok();
        if let Err(payload) = dropped {
            self.add_panic(number, panics::report_of(&*payload));
            panics::drop_payload(payload);
        }
        is_quiet
    }

    /// Drops the remaining tasks, one by one. Returns the first panic.
    pub(super) fn tear_down(&mut self) -> Option<FailureCause> {
        self.world.is_closed.set(true);
        let mut failure = None;
        for number in 0..self.count as u32 {
            let cell = &mut self.engine.cells[number as usize];
            if self.plan.observe.leak_tasks {
                std::mem::forget(cell.future.take());
            }
            if cell.future.is_none() {
                continue;
            }
            self.plan.heartbeat.steps.store(DROPPING + u64::from(number), Ordering::Relaxed);
            if !self.drop_future(number) {
                let panic = self.world.tasks.borrow().info[number as usize].panic.clone();
                let cause = panic.map(|panic| FailureCause::Panic { task: number, panic: *panic, while_dropped: true });
                failure = failure.or(cause);
            }
        }
        failure
    }

    /// Returns the first panic that no waiter has received.
    pub(super) fn unhandled_panic(&self) -> Option<FailureCause> {
        let tasks = self.world.tasks.borrow();
        let number = self.panicked.iter().copied().find(|&number| !tasks.info[number as usize].is_joined)?;
        let panic = *tasks.info[number as usize].panic.clone()?;
        if panics::is_of_real_io(&panic) {
            return Some(FailureCause::RealIo { task: number, panic });
        }
        Some(FailureCause::Panic { task: number, panic, while_dropped: false })
    }

    /// Returns why the test failed, once its own task has ended.
    pub(super) fn failure_of_main(&self) -> Option<FailureCause> {
        match self.world.result.take() {
            // Panics of other tasks may still reach a waiter.
            Some(Ok(())) => None,
            // The panic of a task may be the reason of the error.
            Some(Err(text)) => Some(self.unhandled_panic().unwrap_or(FailureCause::Error { text })),
            None => self.unhandled_panic(),
        }
    }

    /// Returns why the run failed, once no task can get on.
    pub(super) fn failure_at_end(&self) -> Option<FailureCause> {
        if let Some(panic) = self.unhandled_panic() {
            return Some(panic);
        }
        let left = self.world.tasks.borrow().progress.iter().filter(|task| task.state.is_alive()).count();
        let is_leak = left > self.world.fakes.background_tasks.get() && !self.plan.limits.allow_leaks;
        is_leak.then_some(FailureCause::TaskLeak)
    }

    /// Returns the failure of a panic that was raised outside of a poll.
    pub(super) fn panic_outside_poll(&self, payload: PanicPayload) -> FailureCause {
        let panic = panics::report_of(&*payload);
        panics::drop_payload(payload);
        FailureCause::Panic { task: self.world.current.get(), panic, while_dropped: false }
    }

    /// Returns the failure of a wake that came from another thread.
    pub(super) fn foreign_wake(&self) -> Option<FailureCause> {
        let wake = self.engine.remote.has_any().then(|| self.engine.remote.take())??;
        Some(FailureCause::ForeignWake { task: wake.task, thread: wake.thread })
    }

    /// Returns what every record of a run has.
    pub(super) fn record(&self, failure: Option<FailureCause>) -> RunRecord {
        let mut tasks = self.world.snapshots();
        for (task, cell) in tasks.iter_mut().zip(&self.engine.cells) {
            task.has_waker_left = cell.is_waker_held();
        }
        let raw_tasks = self.engine.tokio.raw_tasks();
        RunRecord { failure, seed: self.plan.seed, tasks, raw_tasks, ..RunRecord::default() }
    }
}

/// Polls a future inside of the simulation, and catches its panic.
#[inline]
pub(super) fn poll_future(future: &mut TaskFuture, waker: &Waker) -> thread::Result<Poll<TaskEnd>> {
    inside(|| catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(waker)))))
}
