//! The run loop: polls one task of the run queue after another until the run ends.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use super::engine::Engine;
use super::execution::{Execution, poll_future};
use super::foreign_threads::{named_foreign_threads, this_thread};
use super::idle::IdlePoints;
use super::in_simulation::set_seed;
use super::liveness::{Watch, WatchResult, Watcher, has_ready_task};
use super::panics::{self, Position};
use super::plan::{RunPlan, TestFn};
use super::raw_tasks::RawTasks;
use super::state::{DequeuedTask, Entered, RefusedCall, ReportScope, TaskProgress, World};
use super::task::TaskCell;
use super::tokio::{self, FULL_BUDGET, UnknownDraw};
use crate::failure::{FailureCause, RunRecord, StandingTime};
use crate::schedule::{PollPosition, RAW_TASKS};
use crate::scheduler::{PollStart, QueueHead, ReadyTasks};
use crate::trace::{Actor, CapturedStacks, TaskState};

/// Maximum number of steps of the other tasks after the test itself has ended.
const STEPS_AFTER_MAIN: u64 = 10_000;

/// Number of steps between two checks for wakes from other threads.
const REMOTE_WAKES_INTERVAL: u64 = 64;

/// Result of [`run`].
pub(crate) enum RunResult {
    /// The run ended. There is a record if it failed or was observed.
    Ended(Option<Box<RunRecord>>, RunSummary),
    /// A run that looked for late wakes ended. There is a record if it was observed.
    Watched(WatchResult, Option<Box<RunRecord>>),
    /// A task unexpectedly drew from tokio's random number generator. The run must be repeated with that draw accounted
    /// for. The number is that of the steps until then.
    UnknownDraw(UnknownDraw, u64),
}

impl RunResult {
    /// Returns the record of the run, if it has one.
    pub(crate) fn into_record(self) -> Option<Box<RunRecord>> {
        match self {
            RunResult::Ended(record, _) | RunResult::Watched(_, record) => record,
            RunResult::UnknownDraw(..) => None,
        }
    }
}

/// Size of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RunSummary {
    pub(crate) steps: u64,
    /// Number of idle points (moments when no task was ready).
    pub(crate) idle_points: u32,
    /// Virtual time at the end.
    pub(crate) time: Duration,
    /// Whether a task was ready but not woken when the run became stuck at its only idle point.
    pub(crate) has_ready_task: bool,
}

/// End of the run loop.
pub(super) enum End {
    Passed,
    Failed(FailureCause),
    /// A run that looks for late wakes has seen enough.
    Watched,
    UnknownDraw(UnknownDraw),
}

impl From<Option<FailureCause>> for End {
    fn from(failure: Option<FailureCause>) -> Self {
        failure.map_or(End::Passed, End::Failed)
    }
}

/// Runs the test once, under one schedule.
pub(crate) fn run(engine: &mut Engine, mut plan: RunPlan<'_>, test: &TestFn) -> RunResult {
    engine.reset();
    let runtime = engine.tokio.handle();
    let context = runtime.enter();
    let Some(started) = engine.tokio.align() else {
        drop(context);
        engine.renew();
        return run(engine, plan, test);
    };
    let number = engine.next_run();
    let world = engine.world.clone();
    world.begin(number, plan.seed, started, std::mem::take(&mut plan.source));
    world.observations.is_explaining.set(plan.observe.stacks);
    plan.heartbeat.thread.store(this_thread(), Ordering::Relaxed);
    plan.heartbeat.run.store(number, Ordering::Relaxed);
    engine.remote.begin(number);
    panics::begin(plan.observe.stacks, position);
    let _hooks = Entered::new();
    let heartbeat = plan.heartbeat;
    let is_plain = !plan.observe.stacks && matches!(plan.watch, Watch::Off);
    heartbeat.is_in_plain_run.store(is_plain, Ordering::Relaxed);
    let ran = Runner::new(Execution::new(engine, world.clone(), plan)).run(&world, test);
    heartbeat.is_in_plain_run.store(false, Ordering::Relaxed);
    world.end();
    ran
}

/// Returns the current position in the run of this thread.
fn position() -> Position {
    let position = |world: &World| Position {
        task: if world.tokio_tasks.is_in_raw_task() { RAW_TASKS } else { world.current.get() },
        time: world.elapsed(),
    };
    World::with(position).unwrap_or_default()
}

/// The run loop and its state.
struct Runner<'a> {
    run: Execution<'a>,
    raw: RawTasks,
    idle_points: IdlePoints,
    watcher: Watcher,
}

impl<'a> Runner<'a> {
    fn new(run: Execution<'a>) -> Self {
        let watcher = Watcher::new(run.plan.watch);
        Runner { raw: RawTasks::new(&run), idle_points: IdlePoints::new(), watcher, run }
    }

    /// Runs the test to its end.
    fn run(mut self, world: &Rc<World>, test: &TestFn) -> RunResult {
        // Ignore random numbers that were drawn during the teardown of the last run.
        self.run.count_drawn();
        set_seed(self.run.plan.seed);
        self.run.publish_time();
        if self.run.plan.observe.record {
            world.begin_recording();
        }
        self.run.spawn_main(test);
        if self.run.plan.observe.record {
            world.record_requests();
        }
        let end = match catch_unwind(AssertUnwindSafe(|| self.run_loop())) {
            Ok(end) => end,
            // A panic outside of a poll, for example in a custom waker that a timer wakes.
            Err(payload) => {
                self.run.engine.is_broken = true;
                End::Failed(self.run.panic_outside_poll(payload))
            }
        };
        let rng = self.run.engine.tokio.rng.as_mut();
        if !self.run.plan.draws.is_any() && rng.is_some_and(|rng| rng.count_drawn() > 0) {
            self.run.unknown_draw = Some(UnknownDraw::Unattributed);
        }
        // An unexpected draw overrides any other end of the run.
        let end = self.run.unknown_draw.take().map_or(end, End::UnknownDraw);
        self.finish(world, end)
    }

    /// Ends the run: drops its tasks and collects its observations.
    fn finish(mut self, world: &World, end: End) -> RunResult {
        self.run.take_spawned();
        world.choices.borrow().hidden_deviations().iter().for_each(|choice| self.run.log.fingerprint.choice(choice));
        if !self.run.is_watched {
            let heartbeat = self.run.plan.heartbeat;
            heartbeat.fingerprint.store(self.run.log.fingerprint.finish(), Ordering::Relaxed);
            if self.raw.have_run() {
                heartbeat.has_raw_tasks.store(true, Ordering::Relaxed);
                if matches!(end, End::Passed) && self.run.engine.tokio.raw_tasks() > 0 {
                    heartbeat.leaves_raw_tasks.store(true, Ordering::Relaxed);
                }
            }
        }
        let time = self.end_time(&end);
        let mut record = self.record(&end);
        // The recording ends before the remaining tasks are dropped.
        let recording = if self.run.plan.observe.record { world.take_recording() } else { None };
        let is_stuck = matches!(end, End::Failed(FailureCause::Deadlock { beside: None }));
        // The run is over and recorded, so spurious polls have no effect on it.
        let has_ready_task =
            is_stuck && !self.run.is_watched && self.idle_points.count == 1 && has_ready_task(&mut self.run);
        if let Some(failure) = self.run.tear_down()
            && matches!(end, End::Passed)
        {
            match &mut record {
                Some(record) => record.failure = Some(failure),
                None => record = Some(Box::new(self.run.record(Some(failure)))),
            }
        }
        if world.choices.borrow().is_incomplete() {
            record.get_or_insert_with(|| Box::new(self.run.record(None))).is_incomplete = true;
        }
        if let Some(record) = &mut record {
            let log = &mut self.run.log;
            (record.trace, record.preemptions) = (std::mem::take(&mut log.trace), std::mem::take(&mut log.preemptions));
            record.recording = recording;
            record.steps = self.run.steps;
            record.notes = world.observations.notes.take();
            record.decisions = world.fakes.decisions.take();
            record.deviations = world.choices.borrow_mut().take_deviations();
            if self.run.polling.counts_operations {
                record.alternatives = world.choices.borrow_mut().take_alternatives();
                record.profile = std::mem::take(&mut log.profile);
            }
        }
        match end {
            End::UnknownDraw(draw) => RunResult::UnknownDraw(draw, self.run.steps),
            _ if self.run.is_watched => RunResult::Watched(self.watcher.into_result(time), record),
            _ => {
                let idle_points = self.idle_points.count;
                let summary = RunSummary { steps: self.run.steps, idle_points, time, has_ready_task };
                RunResult::Ended(record, summary)
            }
        }
    }

    /// Returns the virtual time at the end of the run.
    fn end_time(&self, end: &End) -> Duration {
        match end {
            End::Failed(FailureCause::TimeLimit | FailureCause::Deadlock { beside: Some(_) }) => {
                self.run.plan.limits.virtual_time
            }
            // Looking for a timer advanced the clock.
            End::Failed(FailureCause::Deadlock { beside: None }) => self.idle_points.time,
            End::Failed(FailureCause::StepLimit { standing: Some(standing), .. }) => standing.time,
            _ => self.run.world.elapsed(),
        }
    }

    /// Records the run. Must be called before its tasks are dropped. Returns `None` if the run passed and is not
    /// observed.
    fn record(&self, end: &End) -> Option<Box<RunRecord>> {
        let observe = self.run.plan.observe;
        if matches!(end, End::Passed) && !observe.trace && !self.run.polling.counts_operations {
            return None;
        }
        let failure = match end {
            End::Failed(cause) => Some(cause.clone()),
            _ => None,
        };
        let virtual_time = self.end_time(end);
        // Resolving stacks takes long enough for a thread to end.
        let foreign_threads = if observe.stacks { named_foreign_threads() } else { Vec::new() };
        let stacks = if observe.stacks { CapturedStacks::take() } else { BTreeMap::new() };
        let scope = match failure {
            Some(FailureCause::Deadlock { .. } | FailureCause::TaskLeak | FailureCause::TimeLimit) => {
                ReportScope::Waiting
            }
            _ if self.run.is_watched => ReportScope::Waiting,
            _ => ReportScope::Other,
        };
        let fake_states = self.run.world.fakes.states(scope);
        let lock_holders = self.run.world.tokio_tasks.lock_holders();
        Some(Box::new(RunRecord {
            virtual_time,
            lock_holders,
            stacks,
            foreign_threads,
            fake_states,
            ..self.run.record(failure)
        }))
    }

    fn run_loop(&mut self) -> End {
        let mut last_step = self.run.plan.limits.steps;
        let standing_steps = self.run.plan.limits.standing_steps;
        let mut has_ended = false;
        let world = &*self.run.world.clone();
        loop {
            if world.requests.has_any.replace(false)
                && let Some(end) = self.serve_requests()
            {
                return end;
            }
            self.raw.enqueue(&self.run, world);
            let is_standing = self.run.steps - self.run.steps_before_now >= standing_steps;
            if (is_standing || self.run.steps >= last_step) && !world.run_queue.borrow().is_empty() {
                return if has_ended { self.run.failure_at_end().into() } else { self.out_of_steps(is_standing) };
            }
            let deviations = if self.run.plan.observe.trace { world.choices.borrow().count() } else { 0 };
            let Some(chosen) = self.next_task(world) else {
                let settling = world.requests.settling.take();
                if !settling.is_empty() {
                    world.as_actor(Actor::Simulation, || settling.iter().for_each(|request| request.complete()));
                    self.watch_after(Actor::Simulation);
                } else if has_ended {
                    return self.run.failure_at_end().into();
                } else if let Some(end) = self.idle_points.handle(&mut self.run, &self.raw, &mut self.watcher) {
                    return end;
                }
                if self.watcher.is_done() {
                    return End::Watched;
                }
                continue;
            };
            self.step(world, chosen, deviations);
            if self.run.is_watched {
                self.watch_after(Actor::Task(chosen.task));
                if self.watcher.is_done() {
                    return End::Watched;
                }
            }
            let looks_for_wakes = self.run.steps.is_multiple_of(REMOTE_WAKES_INTERVAL);
            if has_ended || !self.run.has_main_ended && !looks_for_wakes {
                continue;
            }
            if looks_for_wakes && let Some(failure) = self.run.foreign_wake() {
                return End::Failed(failure);
            }
            if self.run.has_main_ended {
                has_ended = true;
                if let Some(failure) = self.run.failure_of_main() {
                    return End::Failed(failure);
                }
                last_step = last_step.min(self.run.steps + STEPS_AFTER_MAIN);
            }
        }
    }

    /// Lets the watcher observe the effects of `actor`.
    #[cold]
    fn watch_after(&mut self, actor: Actor) {
        if self.run.is_watched {
            self.watcher.after(&mut self.run, actor);
        }
    }

    fn out_of_steps(&mut self, is_standing: bool) -> End {
        let world = self.run.world.clone();
        let next = self.next_task(&world).expect("a task is ready");
        // Requeue the task, which is not polled, so that the report shows it as ready.
        world.run_queue.borrow_mut().push(next.task);
        if let Some(progress) = world.tasks.borrow_mut().progress.get_mut(next.task as usize) {
            (progress.at, progress.is_preempted, progress.passed_over) = (next.at, next.is_preempted, next.passed_over);
        }
        let standing = is_standing.then(|| StandingTime {
            steps: self.run.steps - self.run.steps_before_now,
            time: world.elapsed(),
            timer: if self.run.plan.observe.stacks {
                self.idle_points.next_timer(&mut self.run, &self.raw)
            } else {
                None
            },
        });
        End::Failed(FailureCause::StepLimit { next: next.task, standing })
    }

    /// Takes the task that runs next from the run queue. Returns `None` if no task is ready.
    #[inline(always)]
    fn next_task(&mut self, world: &World) -> Option<DequeuedTask> {
        let queue = &mut *world.run_queue.borrow_mut();
        let mut tasks = world.tasks.borrow_mut();
        let first = queue.first()?;
        if self.run.polling.is_fifo || queue.len() == 1 {
            queue.take_first();
            return Some(tasks.dequeue(first));
        }
        let (at, passed_over) = match tasks.progress.get_mut(first as usize) {
            Some(progress) => (progress.at, &mut progress.passed_over),
            None => (self.raw.position(), &mut self.raw.passed_over),
        };
        let position =
            world.choices.borrow_mut().choose_task(QueueHead { task: first, at, passed_over: *passed_over }, queue);
        let Some(position) = position else {
            queue.take_first();
            return Some(tasks.dequeue(first));
        };
        // Branch-free, because random choices defeat branch prediction.
        let number = queue.task_at(position);
        *passed_over += u32::from(number != first);
        queue.take(position);
        Some(tasks.dequeue(number))
    }

    /// Polls the task, or drops it if it was aborted.
    #[inline]
    fn step(&mut self, world: &World, dequeued: DequeuedTask, deviations: usize) {
        let DequeuedTask { task: number, at, is_preempted, passed_over, state } = dequeued;
        let run = &mut self.run;
        run.steps += 1;
        run.plan.heartbeat.steps.store(run.steps, Ordering::Relaxed);
        run.log.fingerprint.step(number);
        if number == RAW_TASKS {
            self.raw.step(run);
            run.trace(RAW_TASKS, 0, false, deviations);
            return;
        }
        if run.is_watched {
            self.watcher.before_poll(run, number);
        }
        let TaskCell { future, wake_state, .. } = &mut run.engine.cells[number as usize];
        wake_state.set_dequeued();
        // The task may have been woken after it completed.
        if future.is_none() {
            return;
        }
        if state == TaskState::Aborted {
            return run.cancel(number);
        }
        if world.hosts.are_used() && run.enter_host(number) {
            return run.cancel(number);
        }
        let start = PollStart { task: number, at, is_preempted };
        let mut preempted = if run.polling.is_fifo { None } else { world.choices.borrow_mut().preempt_after(start) };
        if run.plan.observe.preempts_all {
            // A preempted task must do one operation, or it would make no progress.
            preempted = Some(u32::from(is_preempted));
        }
        world.current.set(number);
        let polled = if run.polling.is_instrumented {
            preempted = preempted.filter(|&operations| operations <= run.max_operations(number));
            run.poll_instrumented(start, preempted)
        } else {
            let engine = &mut *run.engine;
            engine.tokio.budget.set(preempted.unwrap_or(FULL_BUDGET));
            let TaskCell { future: Some(future), waker, .. } = &mut engine.cells[number as usize] else { return };
            poll_future(future, waker)
        };
        let is_ready = !matches!(polled, Ok(Poll::Pending));
        if let Some(operations) = preempted {
            let (is_spent, is_woken) = (tokio::is_spent(), run.engine.cells[number as usize].wake_state.is_queued());
            let preempted_at = PollPosition { operation: at.operation + operations, ..at };
            // If an inner operation is preempted, the operation around it gives its own budget back.
            if world.tokio_tasks.take_limit() || is_spent || is_woken {
                world.choices.borrow_mut().record_preemption(number, preempted_at);
            }
            if !is_ready && is_spent && is_woken {
                run.log.fingerprint.preempted(operations);
                let passed_over = if preempted_at == at { passed_over + 1 } else { 0 };
                let progress = &mut world.tasks.borrow_mut().progress[number as usize];
                // The task may have aborted itself.
                let state = progress.state;
                *progress = TaskProgress { at: preempted_at, is_preempted: true, passed_over, state };
            }
        }
        if is_ready {
            run.complete(number, polled);
        }
        run.trace(number, at.poll, is_ready, deviations);
    }

    /// Serves the requests of the last poll. Returns the end of the run, if it ends here.
    fn serve_requests(&mut self) -> Option<End> {
        let run = &mut self.run;
        run.take_spawned();
        for task in run.world.requests.aborted.take() {
            self.watcher.aborted(run, task);
            run.engine.cells[task as usize].wake_state.wake();
        }
        for advance in run.world.requests.advances.take() {
            run.advance(advance.time);
            advance.done.complete();
        }
        if let Some(RefusedCall { task, report }) = run.world.requests.refused_call.take() {
            return Some(End::Failed(FailureCause::SystemCall { task, call: report }));
        }
        // A step of the raw tasks lets tokio look for ready sockets anyway.
        if run.world.requests.has_ready_sockets.replace(false) && !run.engine.tokio.may_run_raw() {
            run.engine.tokio.turn_driver();
        }
        run.unknown_draw.take().map(End::UnknownDraw)
    }
}
