//! The tokio runtime under a simulation: its paused clock, and the lane of raw tokio tasks.

use std::future::{Future, poll_fn};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::internal::lock;
use di_core::task::Entered;
use tokio::runtime::{Builder, Runtime, RuntimeMetrics};
use tokio::time::Instant;

use super::budget::Budget;
use super::inside::{inside, set_time};
use super::services::CurrentSpawner;
use super::slot::Slot;
use super::thread_rng::{Seeds, ThreadRng};
use super::waker::Mailbox;
use super::world::World;

/// What a thread needs for its runs; used again for each.
pub(crate) struct Engine {
    pub(crate) runtime: Rc<Runtime>,
    metrics: RuntimeMetrics,
    pub(crate) budget: Budget,
    pub(crate) mailbox: Arc<Mailbox>,
    /// Whether raw tasks may be ready that no metric of tokio shows.
    lane_goes_on: bool,
    marker: Arc<Marker>,
    /// Whether a raw task has run since the marker was last in the queue.
    has_run_one: bool,
    /// When the clock began.
    base: Instant,
    /// When it was last seen to be at a whole millisecond.
    aligned: Instant,
    /// Number of the last run, which no other run of the process has.
    run: u64,
    /// Whether a panic has come through it: it is not used again.
    pub(crate) is_broken: bool,
    /// The world of the run, and of the next.
    pub(crate) world: Rc<World>,
    /// None, where tokio's is another one.
    pub(super) rng: Option<ThreadRng>,
    /// Of what is drawn inside of the runtime; none, as long as nobody runs there, or where it is not known.
    seeds: Option<Seeds>,
    /// By task, and more of runs before.
    pub(super) slots: Vec<Slot>,
    /// Has `di_core::task` spawn into the simulation.
    spawning: Rc<Entered>,
}

/// How many engines there have been, from 1. Each has numbers of its own for so many runs that it never gets to their end.
static ENGINES: AtomicU64 = AtomicU64::new(1);

impl Engine {
    pub(crate) fn new() -> Self {
        di_core::task::set_select_start(|branches| World::current().map(|world| world.choose(branches)));
        let spawning = di_core::task::enter(Arc::new(CurrentSpawner));
        Engine::with(Arc::default(), Rc::new(spawning))
    }

    fn with(mailbox: Arc<Mailbox>, spawning: Rc<Entered>) -> Self {
        // With the feature `interpose`, tokio's clock and std's are to be one.
        set_time(Duration::ZERO, Duration::ZERO);
        let runtime = Rc::new(inside(runtime));
        let (metrics, budget) = (runtime.metrics(), Budget::new(&runtime));
        let base = runtime.block_on(async { Instant::now() });
        let marker = Marker::spawn(&runtime);
        Engine {
            runtime,
            metrics,
            budget,
            world: World::of_thread(),
            rng: ThreadRng::recover(),
            seeds: None,
            slots: Vec::new(),
            mailbox,
            lane_goes_on: false,
            marker,
            has_run_one: false,
            base,
            aligned: base,
            run: ENGINES.fetch_add(1, Ordering::Relaxed) << 32,
            is_broken: false,
            spawning,
        }
    }

    /// Makes ready for a run: a whole millisecond, as tokio's timers are whole milliseconds from the clock's start, and
    /// nothing of the last run.
    pub(crate) fn reset(&mut self) {
        if self.raw_tasks() > 0 || self.is_broken {
            self.renew();
        }
        self.lane_goes_on = false;
    }

    /// A number for the next run.
    pub(crate) fn next_run(&mut self) -> u64 {
        self.run += 1;
        self.run
    }

    /// Moves the clock on to a whole millisecond, and tells the time. It fails where a test has set the clock going.
    pub(crate) fn align(&mut self) -> Option<Instant> {
        let now = Instant::now();
        if now == self.aligned {
            return Some(now);
        }
        let fraction = now.duration_since(self.base).subsec_nanos() % 1_000_000;
        let rest = Duration::from_nanos(u64::from((1_000_000 - fraction) % 1_000_000));
        if !rest.is_zero() {
            catch_unwind(AssertUnwindSafe(|| self.advance(rest))).ok()?;
        }
        self.aligned = now + rest;
        Some(self.aligned)
    }

    /// Begins anew, with a runtime that no run has seen.
    pub(crate) fn renew(&mut self) {
        *self = Engine::with(self.mailbox.clone(), self.spawning.clone());
    }

    /// Virtual time since the clock began.
    pub(crate) fn since_base(&self) -> Duration {
        Instant::now().duration_since(self.base)
    }

    /// Whether the virtual time is a whole millisecond, as timers are.
    pub(crate) fn is_whole_millisecond(&self, now: Instant) -> bool {
        now.duration_since(self.base).subsec_nanos().is_multiple_of(1_000_000)
    }

    /// Moves the clock on, and fires what timers are due.
    pub(crate) fn advance(&mut self, time: Duration) {
        self.foresee();
        self.runtime.block_on(tokio::time::advance(time));
    }

    /// How many raw tokio tasks there are.
    #[inline]
    pub(crate) fn raw_tasks(&self) -> usize {
        // One of them is the marker.
        self.metrics.num_alive_tasks() - 1
    }

    /// Whether a step of the lane may run something.
    #[inline]
    pub(crate) fn lane_is_ready(&self) -> bool {
        self.raw_tasks() > 0 && (self.lane_goes_on || self.metrics.global_queue_depth() > 0)
    }

    /// What is drawn by inside of the runtime, which is about to be entered.
    fn foresee(&mut self) -> Option<ThreadRng> {
        self.seeds.as_mut().map(Seeds::next)
    }

    /// Runs one raw task, if one is ready, with its next random numbers in these ranges. Tells how many it has drawn.
    pub(crate) fn step_lane(&mut self, wanted: &[Range<u32>]) -> u32 {
        if self.seeds.is_none() && self.rng.is_some() {
            self.seeds = Seeds::recover(|inside| self.runtime.block_on(async { inside() }));
        }
        loop {
            self.marker.enqueue();
            let foreseen = self.foresee();
            let drawn = step_tokio(&self.runtime, foreseen, self.rng.is_some().then_some(wanted));
            match self.marker.take_pass() {
                None => {
                    self.has_run_one = true;
                    self.lane_goes_on = true;
                    return drawn;
                }
                Some(Pass::Entered) => self.has_run_one = false,
                Some(Pass::Left) if self.has_run_one => {}
                // It went through the queue, and nobody else was in it.
                Some(Pass::Left) => {
                    self.lane_goes_on = false;
                    return 0;
                }
            }
        }
    }

    /// Waits, in virtual time, until a task of ours is woken, or until `deadline`. Tells whether one was, and whether raw
    /// tasks have drawn random numbers meanwhile; the first of them are in these ranges.
    pub(crate) fn wait(&mut self, deadline: Instant, wanted: &[Range<u32>]) -> (bool, bool) {
        let foreseen = self.foresee();
        let mut rng = None;
        let mut is_begun = self.raw_tasks() == 0 || self.rng.is_none();
        let (woken, drawn) = self.runtime.block_on(async {
            let mut sleep = pin!(tokio::time::sleep_until(deadline));
            let woken = poll_fn(|context| {
                if !std::mem::replace(&mut is_begun, true) {
                    rng = steered(foreseen, wanted);
                }
                self.world.set_idle(Some(context.waker().clone()));
                self.mailbox.set_idle(Some(context.waker().clone()));
                if self.mailbox.has_mail() || !self.world.ready.borrow().is_empty() {
                    return Poll::Ready(true);
                }
                sleep.as_mut().poll(context).map(|()| false)
            });
            let woken = woken.await;
            (woken, rng.as_mut().is_some_and(|rng| rng.count_drawn() > 0))
        });
        self.world.set_idle(None);
        self.mailbox.set_idle(None);
        self.marker.take_pass();
        self.lane_goes_on = true;
        (woken, drawn)
    }
}

/// Has tokio run one task, and come back. Where random numbers are wanted in ranges, it tells how many were drawn.
fn step_tokio(runtime: &Runtime, foreseen: Option<ThreadRng>, wanted: Option<&[Range<u32>]>) -> u32 {
    let (mut rng, mut has_yielded) = (None, false);
    runtime.block_on(poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(rng.as_mut().map_or(0, ThreadRng::count_drawn));
        }
        has_yielded = true;
        rng = wanted.and_then(|wanted| steered(foreseen, wanted));
        context.waker().wake_by_ref();
        Poll::Pending
    }))
}

/// The random numbers in here, the next of them in these ranges.
fn steered(foreseen: Option<ThreadRng>, wanted: &[Range<u32>]) -> Option<ThreadRng> {
    let mut rng = ThreadRng::verified(foreseen)?;
    rng.steer(wanted);
    Some(rng)
}

/// A raw task of ours, which tells whether others are ready: tokio does not say it, but its queues are lines. Woken, it
/// goes through the queue for wakes from outside, where it wakes itself, and then through the one for wakes by raw tasks.
#[derive(Default)]
struct Marker {
    state: Mutex<MarkerState>,
}

#[derive(Default)]
struct MarkerState {
    waker: Option<Waker>,
    is_queued: bool,
    has_entered: bool,
    pass: Option<Pass>,
}

/// What the marker did when it was run.
enum Pass {
    /// It has entered the second queue.
    Entered,
    /// It has left it.
    Left,
}

impl Marker {
    fn spawn(runtime: &Runtime) -> Arc<Self> {
        let marker = Arc::new(Marker::default());
        let run = marker.clone();
        runtime.spawn(poll_fn(move |context| {
            run.run(context.waker());
            Poll::<()>::Pending
        }));
        // It goes through both queues once, and then waits.
        marker.lock().is_queued = true;
        while marker.lock().is_queued {
            step_tokio(runtime, None, None);
        }
        marker.lock().pass = None;
        marker
    }

    fn run(&self, waker: &Waker) {
        let mut state = self.lock();
        state.waker.get_or_insert_with(|| waker.clone());
        state.has_entered = !state.has_entered;
        if state.has_entered {
            state.pass = Some(Pass::Entered);
            drop(state);
            waker.wake_by_ref();
        } else {
            state.pass = Some(Pass::Left);
            state.is_queued = false;
        }
    }

    fn enqueue(&self) {
        let mut state = self.lock();
        if !std::mem::replace(&mut state.is_queued, true)
            && let Some(waker) = state.waker.clone()
        {
            drop(state);
            waker.wake();
        }
    }

    /// What the marker did in the last step, if it was the one that was run.
    fn take_pass(&self) -> Option<Pass> {
        self.lock().pass.take()
    }

    fn lock(&self) -> MutexGuard<'_, MarkerState> {
        lock(&self.state)
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        // One raw task a step.
        .event_interval(1)
        // The tick behind this outlives a run; a run must not depend on those before it.
        .global_queue_interval(1)
        .build()
        .expect("a runtime without IO needs nothing of the system that it may not have")
}
