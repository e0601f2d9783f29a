//! The paused runtime of a simulation, which also runs raw tasks one at a time.

use std::cell::Cell;
use std::future::poll_fn;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime, RuntimeMetrics};
use tokio::time::{Instant, Sleep};

use super::budget::Budget;
use super::hooks::has_tokio_hooks;
use super::thread_rng::{Seeds, ThreadRng};
use crate::executor::in_simulation::{advance_to, inside, set_time};
use crate::internal::lock;

/// The tokio runtime of a simulation, with a paused clock. Runs raw tasks (tasks spawned with `tokio::spawn` itself)
/// and sets the cooperative budget.
///
/// Tasks of the simulation are polled while the runtime is entered, but outside of `block_on`. So wakes reach the
/// simulation's run queue at once. `block_on` is only used to let time pass, and to run raw tasks one at a time.
pub(crate) struct PausedRuntime {
    runtime: Rc<Runtime>,
    metrics: RuntimeMetrics,
    pub(in crate::executor) budget: Budget,
    /// Whether raw tasks may be ready even if tokio's metrics show none.
    may_have_ready: bool,
    marker: Arc<Marker>,
    /// Whether a raw task has run since the marker entered the local queue.
    has_run_one: bool,
    /// Start of the clock.
    base: Instant,
    /// Last time at which the clock was known to be at a whole millisecond.
    aligned: Instant,
    /// Copy of tokio's random number generator. `None` if this version of tokio uses another generator.
    pub(in crate::executor) rng: Option<ThreadRng>,
    /// The timer of the last deadline that [`PausedRuntime::wait`] waited for. Kept, because most waits of a run have the
    /// same deadline, and creating a timer takes long.
    deadline: Option<Pin<Box<Sleep>>>,
    /// Predicts the random numbers drawn inside the runtime. `None` before the first raw task, and if prediction fails.
    seeds: Option<Seeds>,
}

/// Result of [`PausedRuntime::wait`].
pub(crate) struct Waited {
    /// Whether the wait ended before the deadline.
    pub(crate) is_woken: bool,
    /// Whether raw tasks drew random numbers during the wait.
    pub(crate) has_drawn: bool,
}

impl PausedRuntime {
    pub(crate) fn new() -> Self {
        // With the feature `interpose`, tokio's clock and std's are the same.
        set_time(Duration::ZERO, Duration::ZERO);
        let runtime = Rc::new(inside(build));
        let (metrics, budget) = (runtime.metrics(), Budget::new(&runtime));
        let base = runtime.block_on(async { Instant::now() });
        BASE.set(Some(base));
        let marker = Marker::spawn(&runtime);
        PausedRuntime {
            runtime,
            metrics,
            budget,
            may_have_ready: false,
            marker,
            has_run_one: false,
            base,
            aligned: base,
            // With the hooks, `select!` asks for its first branch instead.
            rng: if has_tokio_hooks() { None } else { ThreadRng::recover() },
            deadline: None,
            seeds: None,
        }
    }

    /// Returns a handle that can be entered while `self` is borrowed.
    pub(crate) fn handle(&self) -> Rc<Runtime> {
        self.runtime.clone()
    }

    /// Prepares for another run.
    pub(crate) fn begin(&mut self) {
        BASE.set(Some(self.base));
        self.may_have_ready = false;
        self.deadline = None;
    }

    /// Moves the clock to the next whole millisecond after its start, because timers fire at whole milliseconds.
    /// Returns the time, or `None` if a test has resumed the clock.
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

    /// Returns the virtual time since the start of the clock.
    pub(crate) fn since_base(&self) -> Duration {
        Instant::now().duration_since(self.base)
    }

    /// Returns whether `now` is a whole number of milliseconds after the clock's start.
    pub(crate) fn is_whole_millisecond(&self, now: Instant) -> bool {
        now.duration_since(self.base).subsec_nanos().is_multiple_of(1_000_000)
    }

    /// Moves the clock forward and fires the timers that are due.
    pub(crate) fn advance(&mut self, time: Duration) {
        self.predict();
        self.runtime.block_on(tokio::time::advance(time));
    }

    /// Returns the number of raw tasks that have not completed.
    #[inline]
    pub(crate) fn raw_tasks(&self) -> usize {
        // One of them is the marker.
        self.metrics.num_alive_tasks() - 1
    }

    /// Returns the number of raw tasks that were woken outside of the runtime and wait to run.
    pub(crate) fn queued_raw_tasks(&self) -> usize {
        self.metrics.global_queue_depth()
    }

    /// Returns whether a raw task may be ready.
    #[inline]
    pub(crate) fn may_run_raw(&self) -> bool {
        self.raw_tasks() > 0 && (self.may_have_ready || self.queued_raw_tasks() > 0)
    }

    /// Predicts the state of the random number generator inside the runtime. Must be called before each `block_on`.
    fn predict(&mut self) -> Option<ThreadRng> {
        self.seeds.as_mut().map(Seeds::next)
    }

    /// Runs one raw task, if one is ready. Steers its next random numbers into these ranges. Returns how many it drew.
    pub(crate) fn step_raw(&mut self, wanted: &[Range<u32>]) -> u32 {
        if self.seeds.is_none() && self.rng.is_some() {
            self.seeds = Seeds::recover(|inside| self.runtime.block_on(async { inside() }));
        }
        loop {
            self.marker.enqueue();
            let predicted = self.predict();
            let drawn = step_tokio(&self.runtime, predicted, self.rng.is_some().then_some(wanted));
            match self.marker.take_pass() {
                None => {
                    self.has_run_one = true;
                    self.may_have_ready = true;
                    return drawn;
                }
                Some(Pass::Entered) => self.has_run_one = false,
                Some(Pass::Left) if self.has_run_one => {}
                // The marker went through the queue without finding another task.
                Some(Pass::Left) => {
                    self.may_have_ready = false;
                    return 0;
                }
            }
        }
    }

    /// Lets tokio look for sockets that have become ready, and wake the tasks that wait for them.
    pub(crate) fn turn_driver(&mut self) {
        let predicted = self.predict();
        step_tokio(&self.runtime, predicted, None);
        self.marker.take_pass();
        self.may_have_ready = true;
    }

    /// Lets virtual time pass until `is_woken` returns true, or until `deadline`. `is_woken` must keep the waker of its
    /// context. Steers the first random numbers that raw tasks draw meanwhile into the ranges `wanted`.
    pub(crate) fn wait(
        &mut self,
        deadline: Instant,
        wanted: &[Range<u32>],
        mut is_woken: impl FnMut(&mut Context<'_>) -> bool,
    ) -> Waited {
        let predicted = self.predict();
        let mut rng = None;
        let mut is_begun = self.raw_tasks() == 0 || self.rng.is_none();
        let mut kept = self.deadline.take().filter(|kept| kept.deadline() == deadline);
        let waited = block_on(&self.runtime, async {
            let sleep = kept.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
            let woken = poll_fn(|context| {
                if !std::mem::replace(&mut is_begun, true) {
                    rng = steered(predicted, wanted);
                }
                if is_woken(context) {
                    return Poll::Ready(true);
                }
                sleep.as_mut().poll(context).map(|()| false)
            });
            let is_woken = woken.await;
            Waited { is_woken, has_drawn: rng.as_mut().is_some_and(|rng| rng.count_drawn() > 0) }
        });
        self.deadline = kept.filter(|kept| !kept.is_elapsed());
        self.marker.take_pass();
        self.may_have_ready = true;
        waited
    }
}

/// Runs tokio's driver and its raw tasks until a future is ready. Raw tasks are inside of the simulation as well.
fn block_on<F: Future>(runtime: &Runtime, future: F) -> F::Output {
    inside(|| runtime.block_on(future))
}

thread_local! {
    /// Start of the clock of this thread's runtime.
    static BASE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Lets raw tasks see the time to which tokio has moved its clock.
fn follow_clock() {
    if let Some(base) = BASE.get() {
        advance_to(Instant::now().duration_since(base));
    }
}

/// Returns whether the caller is a task with an id of tokio: without hooks in tokio, a raw task.
#[cfg(not(testkit_tokio_hooks))]
pub(crate) fn is_in_tokio_task() -> bool {
    tokio::task::try_id().is_some()
}

/// Lets tokio run one task. If ranges are wanted, steers its random numbers into them and returns how many it drew.
fn step_tokio(runtime: &Runtime, predicted: Option<ThreadRng>, wanted: Option<&[Range<u32>]>) -> u32 {
    let (mut rng, mut has_yielded) = (None, false);
    block_on(
        runtime,
        poll_fn(|context| {
            if has_yielded {
                return Poll::Ready(rng.as_mut().map_or(0, ThreadRng::count_drawn));
            }
            has_yielded = true;
            rng = wanted.and_then(|wanted| steered(predicted, wanted));
            context.waker().wake_by_ref();
            Poll::Pending
        }),
    )
}

/// Returns the random number generator inside the runtime, steered into these ranges. Must be called inside the
/// runtime.
fn steered(predicted: Option<ThreadRng>, wanted: &[Range<u32>]) -> Option<ThreadRng> {
    let mut rng = ThreadRng::verified(predicted)?;
    rng.steer(wanted);
    Some(rng)
}

/// A raw task of the simulation that detects whether other raw tasks are ready. tokio has no metric for that, but its
/// queues are first in, first out. A wake from outside puts the marker into the global queue. When it runs, it wakes
/// itself, which puts it into the local queue, where the wakes of raw tasks go.
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

/// Progress of the marker through the queues.
enum Pass {
    /// Left the global queue and entered the local queue.
    Entered,
    /// Left the local queue.
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
        // The first pass through both queues, after which the marker waits.
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

    /// Takes the progress of the marker in the last step. Returns `None` if it did not run.
    fn take_pass(&self) -> Option<Pass> {
        self.lock().pass.take()
    }

    fn lock(&self) -> MutexGuard<'_, MarkerState> {
        lock(&self.state)
    }
}

fn build() -> Runtime {
    let mut builder = Builder::new_current_thread();
    #[cfg(all(feature = "interpose", target_os = "linux", target_pointer_width = "64"))]
    builder.enable_io();
    if cfg!(feature = "interpose") {
        builder.on_thread_unpark(follow_clock);
    }
    builder
        .enable_time()
        .start_paused(true)
        // Run one raw task per step.
        .event_interval(1)
        // The tick counter outlives a run. With an interval of 1, a run does not depend on the runs before it.
        .global_queue_interval(1)
        .build()
        .expect("a runtime without IO needs no system resources")
}
