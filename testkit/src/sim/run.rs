//! One run of a test under one schedule: the step loop.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use di_core::ambient::TaskEnd;

use super::budget::{self, USUAL};
use super::draws::{Drew, Site};
use super::engine::Engine;
use super::fingerprint::Fingerprint;
use super::handle::Sim;
use super::inside::{inside, set_seed, set_time};
use super::panics;
use super::plan::{Body, End, Finding, Plan, Ran, Step};
use super::recording::Actor;
use super::slot::Slot;
use super::stack::{self, TaskStack};
use super::task::{State, Task, TaskFuture, Turn};
use super::world::{Scene, World};
use crate::schedule::{At, First, Key, LANE, Line, Polled, Profile};

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
    /// How many tasks have slots.
    pub(super) count: usize,
    pub(super) steps: u64,
    pub(super) fingerprint: Fingerprint,
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
    pub(super) preemptions: Vec<(Key, TaskStack)>,
    /// The tasks that have panicked, in the order in which they did.
    pub(super) panicked: Vec<u32>,
    pub(super) has_main_ended: bool,
    /// Whether the first in line always runs.
    pub(super) is_default: bool,
    /// Whether more is to be seen of each poll than its end.
    pub(super) is_close: bool,
    /// Whether it is of interest how many operations there are in a poll.
    pub(super) counts_operations: bool,
    pub(super) profile: Profile,
    /// How many random numbers a step of the lane draws; 0, as long as that is not known.
    pub(super) lane_draws: u32,
    /// What a poll has shown that was not known.
    pub(super) drew: Option<Drew>,
    /// Virtual time at the last idle point: behind it, looking for a timer moves the clock.
    pub(super) idle_at: Duration,
}

/// Runs the test once. Returns what there is to tell: nothing, where it passed and no trace is asked for.
pub(crate) fn run(engine: &mut Engine, mut plan: Plan<'_>, body: &Body) -> Option<Box<Ran>> {
    engine.reset();
    let runtime = engine.runtime.clone();
    let context = runtime.enter();
    let Some(started) = engine.align() else {
        drop(context);
        engine.renew();
        return run(engine, plan, body);
    };
    let number = engine.next_run();
    let world = engine.world.clone();
    world.begin(number, plan.seed, started, std::mem::take(&mut plan.source));
    world.is_telling.set(plan.mode.stacks);
    plan.heartbeat.run.store(number, Ordering::Relaxed);
    engine.mailbox.open(number);
    panics::clear();
    let (is_default, wants_operations) =
        (world.choices.borrow().is_default(), world.choices.borrow().wants_operations());
    let counts_operations = plan.mode.profile || wants_operations;
    let is_close = plan.mode.stacks || plan.draws.is_any() || counts_operations;
    let lane_draws = match plan.draws.is_any() {
        true => world.choices.borrow_mut().draws(LANE, plan.draws.limit(&Site::Lane)),
        false => 0,
    };
    let mut runner = Runner {
        engine,
        world: world.clone(),
        plan,
        count: 0,
        steps: 0,
        fingerprint: Fingerprint::new(),
        trace: Vec::new(),
        idle: 0,
        credit: PROBES,
        steps_at_idle: 0,
        next_probed: 0,
        is_lane_queued: false,
        lane: (0, 0),
        preemptions: Vec::new(),
        panicked: Vec::new(),
        has_main_ended: false,
        is_default,
        is_close,
        counts_operations,
        profile: Profile::default(),
        lane_draws,
        drew: None,
        idle_at: Duration::ZERO,
    };
    // What was drawn when the last run was torn down is not of this one.
    runner.count_drawn();
    set_seed(runner.plan.seed);
    runner.tell_time();
    if runner.plan.mode.record {
        world.begin_recording();
    }
    runner.spawn_main(body);
    if runner.plan.mode.record {
        world.record_requests();
    }
    let mut end = match catch_unwind(AssertUnwindSafe(|| runner.run())) {
        Ok(end) => end,
        // Outside of a poll: of a waker of the test's own, which a timer wakes, for example.
        Err(payload) => {
            runner.engine.is_broken = true;
            End::Failed(runner.panicked_outside(payload))
        }
    };
    if !runner.plan.draws.is_any() && runner.engine.rng.as_mut().is_some_and(|rng| rng.count_drawn() > 0) {
        runner.drew = Some(Drew::Something);
    }
    // Whatever else has come of it is of no account.
    if let Some(drew) = runner.drew.take() {
        end = End::Drew(drew);
    }
    runner.take_spawned();
    world.choices.borrow().decided().iter().for_each(|choice| runner.fingerprint.choice(choice));
    runner.plan.heartbeat.fingerprint.store(runner.fingerprint.finish(), Ordering::Relaxed);
    if runner.lane.0 > 0 {
        runner.plan.heartbeat.has_raw_tasks.store(true, Ordering::Relaxed);
    }
    let mut told = runner.tell(&end);
    // What is dropped from here on is no part of the test.
    let recording = if runner.plan.mode.record { world.take_recording() } else { None };
    if let Some(finding) = runner.tear_down()
        && matches!(end, End::Passed)
    {
        end = End::Failed(finding);
        match &mut told {
            Some(ran) => ran.end = end.clone(),
            None => told = Some(Box::new(runner.observed(end.clone()))),
        }
    }
    if world.choices.borrow().is_incomplete() {
        told.get_or_insert_with(|| Box::new(runner.observed(end))).is_incomplete = true;
    }
    if let Some(ran) = &mut told {
        (ran.trace, ran.preemptions) = (std::mem::take(&mut runner.trace), std::mem::take(&mut runner.preemptions));
        ran.recording = recording;
        ran.steps = runner.steps;
        ran.notes = world.notes.take();
        ran.decisions = world.decisions.take();
        ran.departures = world.choices.borrow_mut().take_departures();
        if runner.counts_operations {
            ran.others = world.choices.borrow_mut().take_others();
            ran.profile = std::mem::take(&mut runner.profile);
        }
    }
    world.end();
    told
}

impl Runner<'_> {
    /// What there is to tell of a run that ends so, before its tasks are dropped.
    fn tell(&self, end: &End) -> Option<Box<Ran>> {
        if matches!(end, End::Passed) && !self.plan.mode.trace && !self.counts_operations {
            return None;
        }
        let virtual_time = match end {
            End::Failed(Finding::TimeLimit) => self.plan.limits.virtual_time,
            // Looking for a timer has moved the clock.
            End::Failed(Finding::Deadlock | Finding::LostWakeup { lost: None, .. }) => self.idle_at,
            _ => self.world.elapsed(),
        };
        let stacks = if self.plan.mode.stacks { stack::take() } else { BTreeMap::new() };
        let scene = match end {
            End::Failed(Finding::Deadlock | Finding::TaskLeak | Finding::TimeLimit | Finding::LostWakeup { .. }) => {
                Scene::Waiting
            }
            _ => Scene::Other,
        };
        let exhibits = self.world.exhibited(scene);
        Some(Box::new(Ran { virtual_time, stacks, exhibits, ..self.observed(end.clone()) }))
    }

    /// What there is to tell in any case.
    fn observed(&self, end: End) -> Ran {
        let mut tasks = self.world.snapshots();
        for (task, slot) in tasks.iter_mut().zip(&self.engine.slots) {
            task.has_waker_left = slot.is_waker_elsewhere();
        }
        Ran { end, seed: self.plan.seed, tasks, raw_tasks: self.engine.raw_tasks(), ..Ran::default() }
    }

    fn spawn_main(&mut self, body: &Body) {
        // It is there before its function is called, which may spawn and choose.
        self.world.add("main", self.plan.site, 0, Box::pin(std::future::pending()));
        let sim = Sim::new(self.world.run.get());
        let future = match inside(|| catch_unwind(AssertUnwindSafe(|| body(sim)))) {
            Ok(future) => future,
            // The panic of a function that only returns a future is the test's all the same.
            Err(payload) => Box::pin(async move { std::panic::resume_unwind(payload) }),
        };
        let mut tasks = self.world.tasks.borrow_mut();
        tasks.cold[0].size = size_of_val(&*future);
        self.world.spawned.borrow_mut()[0] = future;
    }

    fn run(&mut self) -> End {
        let mut last_step = self.plan.limits.steps;
        let mut has_ended = false;
        let world = &*self.world.clone();
        loop {
            if world.has_requests.replace(false)
                && let Some(drew) = self.heed()
            {
                return End::Drew(drew);
            }
            if !self.is_lane_queued && self.engine.lane_is_ready() {
                self.is_lane_queued = true;
                world.ready.borrow_mut().push(LANE);
            }
            if self.steps >= last_step && !world.ready.borrow().is_empty() {
                return if has_ended { self.end_of_all() } else { self.out_of_steps() };
            }
            let departures = if self.plan.mode.trace { world.choices.borrow().count() } else { 0 };
            let Some(chosen) = self.choose(world) else {
                let settling = world.settling.take();
                if !settling.is_empty() {
                    world.acts(Actor::Simulation, || settling.iter().for_each(|ticket| ticket.grant()));
                } else if has_ended {
                    return self.end_of_all();
                } else if let Some(end) = self.idle() {
                    return end;
                }
                continue;
            };
            self.step(world, chosen, departures);
            if has_ended || !self.has_main_ended && !self.steps.is_multiple_of(STEPS_TO_MAIL) {
                continue;
            }
            if self.steps.is_multiple_of(STEPS_TO_MAIL)
                && let Some(end) = self.mail()
            {
                return end;
            }
            if self.has_main_ended {
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
        let world = self.world.clone();
        let turn = self.choose(&world).expect("a task is ready");
        // It is told as ready, and not polled.
        world.ready.borrow_mut().push(turn.task);
        if let Some(task) = world.tasks.borrow_mut().hot.get_mut(turn.task as usize) {
            (task.at, task.is_stopped, task.passed) = (turn.at, turn.is_stopped, turn.passed);
        }
        End::Failed(Finding::StepLimit { next: turn.task })
    }

    /// Whose turn it is of the ready tasks, taken from the line; none, if none is ready.
    #[inline(always)]
    fn choose(&mut self, world: &World) -> Option<Turn> {
        let ready = &mut *world.ready.borrow_mut();
        let mut tasks = world.tasks.borrow_mut();
        let first = ready.first()?;
        if self.is_default || ready.len() == 1 {
            ready.take_first();
            return Some(tasks.turn(first));
        }
        let (at, passed) = match tasks.hot.get_mut(first as usize) {
            Some(task) => (task.at, &mut task.passed),
            None => (At { poll: self.lane.0, operation: 0 }, &mut self.lane.1),
        };
        let place = world.choices.borrow_mut().run(First { task: first, at, passed: *passed }, ready);
        let Some(place) = place else {
            ready.take_first();
            return Some(tasks.turn(first));
        };
        // Without a branch: whether it is the first in line no processor can foresee.
        let number = ready.at(place);
        *passed += u32::from(number != first);
        ready.take(place);
        Some(tasks.turn(number))
    }

    /// Runs the chosen task.
    #[inline]
    fn step(&mut self, world: &World, turn: Turn, departures: usize) {
        let Turn { task: number, at, is_stopped, passed, state } = turn;
        self.steps += 1;
        self.plan.heartbeat.steps.store(self.steps, Ordering::Relaxed);
        self.fingerprint.step(number);
        if number == LANE {
            self.is_lane_queued = false;
            self.step_lane();
            self.trace(LANE, 0, false, departures);
            return;
        }
        let engine = &mut *self.engine;
        let Slot { future, waker, waking, .. } = &mut engine.slots[number as usize];
        waking.taken();
        // It may have ended, and been woken all the same.
        let Some(future) = future else { return };
        if state == State::Aborted {
            return self.cancel(number);
        }
        let turn = Polled { task: number, at, is_stopped };
        let mut preempted = if self.is_default { None } else { world.choices.borrow_mut().preempt(turn) };
        world.current.set(number);
        let polled = if self.is_close {
            preempted = preempted.filter(|&operations| operations <= self.limit(number));
            self.poll_closely(turn, preempted)
        } else {
            engine.budget.set(preempted.unwrap_or(USUAL));
            polled(future, waker)
        };
        let is_ready = !matches!(polled, Ok(Poll::Pending));
        if let Some(operations) = preempted {
            let (is_spent, is_woken) = (budget::is_spent(), self.engine.slots[number as usize].waking.is_queued());
            let stop = At { operation: at.operation + operations, ..at };
            // An operation that has another one in it gives back what it took when that one is stopped.
            if is_spent || is_woken {
                world.choices.borrow_mut().preempted(number, stop);
            }
            if !is_ready && is_spent && is_woken {
                self.fingerprint.preempted(operations);
                let passed = if stop == at { passed + 1 } else { 0 };
                world.tasks.borrow_mut().hot[number as usize] = Task { at: stop, is_stopped: true, passed, state };
            }
        }
        if is_ready {
            self.ended(number, polled);
        }
        self.trace(number, at.poll, is_ready, departures);
    }

    /// Does what was asked for in the last poll. Returns what it has shown that was not known.
    fn heed(&mut self) -> Option<Drew> {
        self.take_spawned();
        for task in self.world.aborted.take() {
            self.engine.slots[task as usize].waking.wake();
        }
        for (time, ticket) in self.world.advancing.take() {
            self.advance(time);
            ticket.grant();
        }
        self.drew.take()
    }

    /// Takes over the futures of new tasks.
    fn take_spawned(&mut self) {
        let mut spawned = self.world.spawned.borrow_mut();
        let (run, engine) = (self.world.run.get(), &mut *self.engine);
        let mut number = self.count + spawned.len();
        self.count = number;
        while engine.slots.len() < number {
            engine.slots.push(Slot::new(engine.slots.len() as u32, &engine.mailbox));
        }
        while let Some(future) = spawned.pop() {
            number -= 1;
            engine.slots[number].put(run, future);
            if self.plan.draws.is_any() {
                let slot = &mut engine.slots[number];
                let site = self.world.site(number as u32);
                slot.is_drawing = self.plan.draws.drawing.contains(&site);
                slot.draws = self.world.choices.borrow_mut().draws(number as u32, self.plan.draws.limit(&site));
            }
        }
    }

    #[inline]
    fn trace(&mut self, task: u32, poll: u32, is_ready: bool, departures: usize) {
        if self.plan.mode.trace {
            let woken = self.world.ready.borrow().len() as u32;
            let time = self.world.elapsed();
            self.trace.push(Step { task, poll, is_ready, woken, time, departures });
            if self.plan.mode.record {
                self.record_step(task, poll);
            }
        }
    }

    /// Moves the clock, although tasks may be ready.
    fn advance(&mut self, time: Duration) {
        let mut tasks = self.world.tasks.borrow_mut();
        let slots = self.engine.slots.iter();
        for (origin, _) in tasks.cold.iter_mut().zip(slots).filter(|(_, slot)| slot.waking.is_queued()) {
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
}

/// Polls a future, inside of the simulation, and catches its panic.
#[inline]
pub(super) fn polled(future: &mut TaskFuture, waker: &Waker) -> std::thread::Result<Poll<TaskEnd>> {
    inside(|| catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(waker)))))
}
