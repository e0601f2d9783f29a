//! One run of a test under one schedule: the step loop.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use di_core::ambient::TaskEnd;
use di_core::task::JoinError;
use tokio::time::Instant;

use super::budget::USUAL;
use super::engine::Engine;
use super::handle::Sim;
use super::inside::{enter, set_seed, set_time};
use super::panics::{self, PanicReport};
use super::plan::{Body, DROPPING, End, Finding, Plan, Ran, Step};
use super::stack::{self, TaskStack};
use super::task::{State, TaskFuture, Tasks};
use super::waker::{begin_run, end_run, with_ready};
use super::world::World;
use crate::schedule::{Choices, Key, LANE, Source};

/// How many probes there are beside those that the steps pay for.
const PROBES: u64 = 64;

/// How many steps the tasks have behind the test's own end, to come to theirs.
const STEPS_TO_END: u64 = 10_000;

/// How many steps there are between two looks for wakes from other threads.
const STEPS_TO_MAIL: u64 = 64;

/// A run under way.
pub(super) struct Runner<'a> {
    pub(super) engine: &'a mut Engine,
    pub(super) world: Rc<World>,
    pub(super) plan: Plan<'a>,
    pub(super) steps: u64,
    pub(super) trace: Vec<Step>,
    /// Number of the idle point.
    pub(super) idle: u32,
    /// How many more probes there may be: about as many as polls.
    pub(super) credit: u64,
    pub(super) steps_at_idle: u64,
    /// The task that is looked at next for a probe.
    pub(super) next_probed: u32,
    pub(super) is_lane_queued: bool,
    /// How often the lane was stepped, and passed over since it stands first in line.
    pub(super) lane: (u32, u32),
    pub(super) preemptions: BTreeMap<Key, TaskStack>,
    /// The tasks that have panicked, in the order in which they did.
    pub(super) panicked: Vec<u32>,
    pub(super) has_main_ended: bool,
    /// Whether the first in line always runs, and is not preempted.
    pub(super) is_default: bool,
    /// The choice behind the task that runs, if it is not the first in line.
    pub(super) run_choice: Option<Key>,
    /// Virtual time at the last idle point: behind it, looking for a timer moves the clock.
    pub(super) idle_at: Duration,
}

/// Runs the test once.
pub(crate) fn run(engine: &mut Engine, run: u64, mut plan: Plan<'_>, body: &Body) -> Ran {
    engine.reset();
    let handle = engine.runtime.handle().clone();
    let context = handle.enter();
    let source = std::mem::replace(&mut plan.source, Source::Default);
    let world = World::new(run, plan.seed, source, engine);
    plan.heartbeat.run.store(run, Ordering::Relaxed);
    begin_run(run);
    engine.mailbox.open(run);
    panics::take();
    let entered = (world.enter(), di_core::task::enter(engine.spawner.clone()));
    let mut runner = Runner {
        engine,
        world: world.clone(),
        plan,
        steps: 0,
        trace: Vec::new(),
        idle: 0,
        credit: PROBES,
        steps_at_idle: 0,
        next_probed: 0,
        is_lane_queued: false,
        lane: (0, 0),
        preemptions: BTreeMap::new(),
        panicked: Vec::new(),
        has_main_ended: false,
        is_default: world.choices.borrow().is_default(),
        run_choice: None,
        idle_at: Duration::ZERO,
    };
    set_seed(runner.plan.seed);
    runner.tell_time();
    runner.spawn_main(body);
    let mut end = match catch_unwind(AssertUnwindSafe(|| runner.run())) {
        Ok(end) => end,
        // Outside of a poll: of a waker of the test's own, which a timer wakes, for example.
        Err(payload) => {
            runner.engine.is_broken = true;
            End::Failed(runner.panicked_outside(payload))
        }
    };
    let is_told = !matches!(end, End::Passed) || runner.plan.mode.trace;
    let tasks = if is_told { world.snapshots() } else { Vec::new() };
    // Looking for a timer has moved the clock.
    let is_stuck = matches!(end, End::Failed(Finding::Deadlock | Finding::LostWakeup { lost: None, .. }));
    let virtual_time = match &end {
        End::Passed => Duration::ZERO,
        End::Failed(Finding::TimeLimit) => runner.plan.limits.virtual_time,
        _ if is_stuck => runner.idle_at,
        _ => world.elapsed(),
    };
    let raw_tasks = runner.engine.raw_tasks();
    let stacks = if runner.plan.mode.stacks { stack::take() } else { BTreeMap::new() };
    if let Some(finding) = runner.tear_down()
        && matches!(end, End::Passed)
    {
        end = End::Failed(finding);
    }
    let (steps, trace, seed) = (runner.steps, runner.trace, runner.plan.seed);
    let preemptions = runner.preemptions;
    engine.has_moved |= Instant::now() != world.started;
    drop(entered);
    end_run();
    drop(context);
    let departures = world.choices.replace(Choices::new(Source::Default, Vec::new())).into_departures();
    let notes = world.notes.take();
    engine.spare = world.tasks.take();
    engine.spare.hot.clear();
    // Results that nobody has taken are dropped with their tasks, which may panic.
    for (origin, task) in engine.spare.cold.drain(..).zip(0..) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(origin))) {
            if matches!(end, End::Passed) {
                end = End::Failed(Finding::Panic { task, panic: report_of(&*payload), while_dropped: true });
            }
            forget(payload);
        }
    }
    Ran { end, seed, departures, steps, trace, tasks, notes, raw_tasks, virtual_time, stacks, preemptions }
}

impl Runner<'_> {
    fn spawn_main(&mut self, body: &Body) {
        // It is there before its function is called, which may spawn and choose.
        self.world.add("main", self.plan.site, 0, Box::pin(std::future::pending()), None);
        let sim = Sim::new(self.world.run);
        let inside = enter();
        let future = match catch_unwind(AssertUnwindSafe(|| body(sim))) {
            Ok(future) => future,
            // The panic of a function that only returns a future is the test's all the same.
            Err(payload) => Box::pin(async move { std::panic::resume_unwind(payload) }),
        };
        drop(inside);
        let mut tasks = self.world.tasks.borrow_mut();
        tasks.cold[0].size = size_of_val(&*future);
        tasks.hot[0].future = Some(future);
    }

    fn run(&mut self) -> End {
        let mut last_step = self.plan.limits.steps;
        let mut has_ended = false;
        loop {
            if !self.is_lane_queued && self.engine.lane_is_ready() {
                self.is_lane_queued = true;
                with_ready(|ready| ready.push(LANE));
            }
            if self.steps >= last_step && with_ready(|ready| !ready.is_empty()) {
                return if has_ended { self.end_of_all() } else { self.out_of_steps() };
            }
            let Some(chosen) = self.choose() else {
                let settling = self.world.settling.take();
                if !settling.is_empty() {
                    settling.iter().for_each(|ticket| ticket.grant());
                } else if has_ended {
                    return self.end_of_all();
                } else if let Some(end) = self.idle() {
                    return end;
                }
                continue;
            };
            self.step(chosen);
            if self.steps.is_multiple_of(STEPS_TO_MAIL)
                && !has_ended
                && let Some(end) = self.mail()
            {
                return end;
            }
            if self.has_main_ended && !has_ended {
                has_ended = true;
                if let Some(finding) = self.finding_of_main() {
                    return End::Failed(finding);
                }
                last_step = last_step.min(self.steps + STEPS_TO_END);
            }
        }
    }

    /// What a wake from another thread means.
    pub(super) fn mail(&self) -> Option<End> {
        let wake = self.engine.mailbox.has_mail().then(|| self.engine.mailbox.take())??;
        Some(End::Failed(Finding::ForeignWake { task: wake.task, thread: wake.thread }))
    }

    fn out_of_steps(&mut self) -> End {
        let next = self.choose().unwrap_or(0);
        End::Failed(Finding::StepLimit { next })
    }

    /// What is wrong, once the test itself has come to its end.
    fn finding_of_main(&self) -> Option<Finding> {
        match self.world.outcome.take() {
            // Others may still be told of panics.
            Some(Ok(())) => None,
            // A panic of a task may be why.
            Some(Err(text)) => Some(self.unseen_panic().unwrap_or(Finding::Error { text })),
            None => self.unseen_panic(),
        }
    }

    /// The first panic of a task that nobody has been told of.
    pub(super) fn unseen_panic(&self) -> Option<Finding> {
        let tasks = self.world.tasks.borrow();
        let number = self.panicked.iter().copied().find(|&number| !tasks.cold[number as usize].is_joined)?;
        let panic = *tasks.cold[number as usize].panic.clone()?;
        if panic.message.contains("IO is disabled") || panic.message.contains("with IO enabled") {
            return Some(Finding::RealIo { task: number, panic });
        }
        Some(Finding::Panic { task: number, panic, while_dropped: false })
    }

    fn end_of_all(&self) -> End {
        if let Some(finding) = self.unseen_panic() {
            return End::Failed(finding);
        }
        let is_left = self.world.tasks.borrow().hot.iter().any(|task| task.state.is_alive());
        if is_left && !self.plan.limits.allow_leaks { End::Failed(Finding::TaskLeak) } else { End::Passed }
    }

    /// Which of the ready tasks runs, taken from the line; none, if none is ready. The choice behind it goes to `run_choice`.
    #[inline]
    fn choose(&mut self) -> Option<u32> {
        if self.is_default {
            return with_ready(|ready| (!ready.is_empty()).then(|| ready.take(None)));
        }
        let (run_choice, lane) = (&mut self.run_choice, &mut self.lane);
        *run_choice = None;
        with_ready(|ready| {
            match ready.len() {
                0 => return None,
                1 => return Some(ready.take(None)),
                _ => {}
            }
            let mut tasks = self.world.tasks.borrow_mut();
            let first = ready.first();
            let (poll, passed) = match tasks.hot.get_mut(first as usize) {
                Some(task) => (&task.polls, &mut task.passed),
                None => (&lane.0, &mut lane.1),
            };
            let key = Key::Run { first, poll: *poll, passed: *passed };
            let place = self.world.choices.borrow_mut().run(
                key,
                |rng| ready.any_place(rng),
                |task| ready.place_of(task),
                |place| ready.at(place),
            );
            let number = ready.take(place);
            if number != first {
                *passed += 1;
                *run_choice = Some(key);
            }
            Some(number)
        })
    }

    /// Runs the chosen task.
    #[inline]
    fn step(&mut self, number: u32) {
        self.steps += 1;
        self.plan.heartbeat.steps.store(self.steps, Ordering::Relaxed);
        if number == LANE {
            self.is_lane_queued = false;
            self.lane = (self.lane.0 + 1, 0);
            panics::printed(|| self.engine.step_lane());
            self.trace(LANE, 0, false, None);
            return;
        }
        let mut tasks = self.world.tasks.borrow_mut();
        let task = &mut tasks.hot[number as usize];
        task.waking.taken();
        let (Some(mut future), Some(waker)) = (task.future.take(), task.waker.take()) else { return };
        if task.state == State::Aborted {
            task.state = State::Cancelled;
            drop(tasks);
            let error = self.cancel(number, future);
            self.fail(number, error);
            return;
        }
        let poll = task.polls;
        task.polls = poll + 1;
        task.passed = 0;
        drop(tasks);
        let key = Key::Preempt { task: number, poll };
        let preempted = if self.is_default { None } else { self.world.choices.borrow_mut().preempt(key) };
        self.world.current.set(number);
        let end = with_ready(|ready| ready.end());
        let operations = preempted.unwrap_or(USUAL);
        let preempt = preempted.map(|_| key);
        let polled = if self.plan.mode.stacks {
            self.poll_for_stacks(number, &mut future, operations, preempt)
        } else {
            self.engine.budget.set(operations);
            polled(&mut future, &waker)
        };
        let is_ready = !matches!(polled, Ok(Poll::Pending));
        {
            let mut tasks = self.world.tasks.borrow_mut();
            let task = &mut tasks.hot[number as usize];
            task.waker = Some(waker);
            if !is_ready {
                task.future = Some(future);
            } else {
                drop(tasks);
                self.ended(number, future, polled);
            }
        }
        with_ready(|ready| ready.order_behind(end));
        self.trace(number, poll, is_ready, preempt);
        if self.world.advances.replace(false) {
            for (time, ticket) in self.world.advancing.take() {
                self.advance(time);
                ticket.grant();
            }
        }
    }

    /// A panic outside of a poll.
    fn panicked_outside(&self, payload: Payload) -> Finding {
        let panic = report_of(&*payload);
        forget(payload);
        Finding::Panic { task: self.world.current.get(), panic, while_dropped: false }
    }

    pub(super) fn set_state(&self, number: u32, state: State) {
        self.world.tasks.borrow_mut().hot[number as usize].state = state;
    }

    /// Tells whoever waits for the task that it has no result.
    fn fail(&self, number: u32, error: JoinError) {
        let end = self.world.tasks.borrow_mut().cold[number as usize].end.take();
        if let Some(end) = end {
            end.fail(error);
        }
    }

    /// Polls with a waker that takes stacks.
    fn poll_for_stacks(
        &mut self,
        number: u32,
        future: &mut TaskFuture,
        operations: u32,
        preempted: Option<Key>,
    ) -> std::thread::Result<Poll<TaskEnd>> {
        let waking = self.world.tasks.borrow().hot[number as usize].waking.clone();
        let waker = stack::capturing(number, waking);
        self.engine.budget.set(operations);
        let polled = polled(future, &waker);
        stack::polled();
        if let Some(key) = preempted
            && let Some(last) = stack::take_of(number).pop()
        {
            self.preemptions.insert(key, last);
        }
        polled
    }

    /// The task has come to its end.
    pub(super) fn ended(&mut self, number: u32, future: TaskFuture, polled: std::thread::Result<Poll<TaskEnd>>) {
        // What has a result has told it.
        let mut error = None;
        let has_panicked = !matches!(polled, Ok(Poll::Ready(TaskEnd::Done)));
        if has_panicked {
            let report = match &polled {
                Err(payload) => report_of(&**payload),
                // What it panicked with has gone to its handle.
                Ok(_) => panics::take().into_iter().last().unwrap_or_else(PanicReport::of_no_text),
            };
            self.has_panicked(number, report);
            error = polled.err().map(JoinError::panicked);
        }
        self.set_state(number, if has_panicked { State::Panicked } else { State::Done });
        self.has_main_ended |= number == 0;
        if let Err(payload) = self.drop_future(number, future) {
            forget(payload);
        }
        match error {
            Some(error) => self.fail(number, error),
            // Where nobody waits for it, its result is dropped with this.
            None => {
                let end = self.world.tasks.borrow_mut().cold[number as usize].end.take();
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(end))) {
                    self.has_panicked(number, report_of(&*payload));
                    forget(payload);
                }
            }
        }
    }

    /// Notes a panic of a task, of which nobody has been told yet. The first is the one that is told.
    fn has_panicked(&mut self, number: u32, panic: PanicReport) {
        let mut tasks = self.world.tasks.borrow_mut();
        let origin = &mut tasks.cold[number as usize];
        origin.panic = origin.panic.take().or(Some(Box::new(panic)));
        origin.is_joined = false;
        self.panicked.push(number);
    }

    /// Drops a task before its end, and says what its handle is to be told.
    fn cancel(&mut self, number: u32, future: TaskFuture) -> JoinError {
        match self.drop_future(number, future) {
            Ok(()) => JoinError::cancelled(),
            Err(payload) => JoinError::panicked(payload),
        }
    }

    /// Drops a future, which may panic.
    fn drop_future(&mut self, number: u32, future: TaskFuture) -> Result<(), Payload> {
        self.world.current.set(number);
        let inside = enter();
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(future)));
        drop(inside);
        dropped.inspect_err(|payload| self.has_panicked(number, report_of(&**payload)))
    }

    #[inline]
    fn trace(&mut self, task: u32, poll: u32, is_ready: bool, preempt: Option<Key>) {
        if self.plan.mode.trace {
            let woken = with_ready(|ready| ready.len()) as u32;
            let time = self.world.elapsed();
            let run = self.run_choice;
            self.trace.push(Step { task, poll, is_ready, woken, time, run, preempt });
        }
    }

    /// Moves the clock, although tasks may be ready.
    fn advance(&mut self, time: Duration) {
        let mut tasks = self.world.tasks.borrow_mut();
        let Tasks { hot, cold } = &mut *tasks;
        for (_, origin) in hot.iter().zip(cold).filter(|(task, _)| task.waking.is_queued()) {
            origin.delay += time.as_nanos() as u64;
        }
        drop(tasks);
        self.engine.advance(time);
        self.tell_time();
    }

    /// Tells the clocks that the code under test may read.
    pub(super) fn tell_time(&self) {
        if cfg!(feature = "interpose") {
            set_time(self.engine.since_base(), self.world.since_epoch());
        }
    }

    /// Drops the tasks that are left, one by one. Returns the first panic.
    fn tear_down(&mut self) -> Option<Finding> {
        self.world.is_closed.set(true);
        let mut finding = None;
        // No more are added now.
        let count = self.world.tasks.borrow().hot.len() as u32;
        for number in 0..count {
            let Some(future) = self.world.tasks.borrow_mut().hot[number as usize].future.take() else { continue };
            if self.plan.mode.forget {
                std::mem::forget(future);
                continue;
            }
            self.plan.heartbeat.steps.store(DROPPING + u64::from(number), Ordering::Relaxed);
            let error = self.cancel(number, future);
            let panic =
                error.is_panic().then(|| self.world.tasks.borrow().cold[number as usize].panic.clone()).flatten();
            let told = catch_unwind(AssertUnwindSafe(|| self.fail(number, error)));
            let told = told.err().map(|payload| self.panicked_outside(payload));
            let dropped = panic.map(|panic| Finding::Panic { task: number, panic: *panic, while_dropped: true });
            finding = finding.or(told).or(dropped);
        }
        finding
    }
}

/// What a panic was raised with.
type Payload = Box<dyn std::any::Any + Send>;

/// What is known of a panic. One that was resumed was not reported when it was raised.
fn report_of(payload: &(dyn std::any::Any + Send)) -> PanicReport {
    let text = panics::text(payload);
    let reports = panics::take();
    let report = reports.into_iter().rev().find(|report| report.message == text);
    report.unwrap_or_else(|| PanicReport { message: text.to_owned(), place: String::new() })
}

/// Drops a payload, whose own drop may panic, with a payload whose drop may panic.
fn forget(payload: Payload) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

/// Polls a future, inside of the simulation, and catches its panic.
#[inline]
pub(super) fn polled(future: &mut TaskFuture, waker: &Waker) -> std::thread::Result<Poll<TaskEnd>> {
    let _inside = enter();
    catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(waker))))
}
