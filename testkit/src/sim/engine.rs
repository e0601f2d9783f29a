//! The tokio runtime under a simulation: its paused clock, and the lane of raw tokio tasks.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::Duration;

use di_core::__private::lock;
use di_core::ambient::Spawner;
use tokio::runtime::{Builder, Runtime, RuntimeMetrics};
use tokio::time::Instant;

use super::budget::Budget;
use super::inside::{enter, set_time};
use super::services::CurrentSpawner;
use super::task::{Names, Tasks};
use super::waker::{Mailbox, set_idle, with_ready};
use super::world::World;
use crate::schedule::Key;

/// What a thread needs for its runs; used again for each.
pub(crate) struct Engine {
    pub(crate) runtime: Runtime,
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
    /// Whether the clock has moved since it was last at a whole millisecond.
    pub(crate) has_moved: bool,
    /// Whether a panic has come through it: it is not used again.
    pub(crate) is_broken: bool,
    /// The memory of the last run's tasks.
    pub(crate) spare: Tasks,
    pub(crate) spare_departures: Vec<(Key, u32)>,
    pub(crate) names: Rc<Names>,
    /// What `di_core::task` spawns by, inside of a run.
    pub(crate) spawner: Arc<dyn Spawner>,
}

impl Engine {
    pub(crate) fn new() -> Self {
        di_core::__private::set_select_start(|branches| World::current().map(|world| world.choose(branches)));
        // With the feature `interpose`, tokio's clock and std's are to be one.
        set_time(Duration::ZERO, Duration::ZERO);
        let inside = enter();
        let runtime = runtime();
        drop(inside);
        let (metrics, budget) = (runtime.metrics(), Budget::new(&runtime));
        let base = runtime.block_on(async { Instant::now() });
        let marker = Marker::spawn(&runtime);
        Engine {
            runtime,
            metrics,
            budget,
            mailbox: Arc::default(),
            lane_goes_on: false,
            marker,
            has_run_one: false,
            base,
            has_moved: false,
            is_broken: false,
            spare: Tasks::default(),
            spare_departures: Vec::new(),
            names: Rc::default(),
            spawner: Arc::new(CurrentSpawner),
        }
    }

    /// Makes ready for a run: a whole millisecond, as tokio's timers are whole milliseconds from the clock's start, and
    /// nothing of the last run.
    pub(crate) fn reset(&mut self) {
        if self.raw_tasks() > 0 || self.is_broken {
            self.renew();
            return;
        }
        self.lane_goes_on = false;
        if !std::mem::replace(&mut self.has_moved, false) {
            return;
        }
        let fraction = self.now().duration_since(self.base).subsec_nanos() % 1_000_000;
        if fraction > 0 {
            let rest = Duration::from_nanos(u64::from(1_000_000 - fraction));
            // A test may have set the clock going, and then it cannot be moved.
            if catch_unwind(AssertUnwindSafe(|| self.advance(rest))).is_err() {
                self.renew();
            }
            self.has_moved = false;
        }
    }

    /// Begins anew, with a runtime that no run has seen.
    fn renew(&mut self) {
        *self = Engine { mailbox: self.mailbox.clone(), ..Engine::new() };
    }

    /// The virtual time.
    pub(crate) fn now(&self) -> Instant {
        let _context = self.runtime.enter();
        Instant::now()
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
        self.has_moved = true;
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

    /// Runs one raw task, if one is ready.
    pub(crate) fn step_lane(&mut self) {
        loop {
            self.marker.enqueue();
            step_tokio(&self.runtime);
            match self.marker.take_pass() {
                None => {
                    self.has_run_one = true;
                    self.lane_goes_on = true;
                    return;
                }
                Some(Pass::Entered) => self.has_run_one = false,
                Some(Pass::Left) if self.has_run_one => {}
                // It went through the queue, and nobody else was in it.
                Some(Pass::Left) => {
                    self.lane_goes_on = false;
                    return;
                }
            }
        }
    }

    /// Waits, in virtual time, until a task of ours is woken, or until `deadline`. Tells whether one was.
    pub(crate) fn wait(&mut self, deadline: Instant) -> bool {
        self.has_moved = true;
        let woken = self.runtime.block_on(async {
            let mut sleep = pin!(tokio::time::sleep_until(deadline));
            poll_fn(|context| {
                set_idle(Some(context.waker().clone()));
                self.mailbox.set_idle(Some(context.waker().clone()));
                if self.mailbox.has_mail() || with_ready(|ready| !ready.is_empty()) {
                    return Poll::Ready(true);
                }
                sleep.as_mut().poll(context).map(|()| false)
            })
            .await
        });
        set_idle(None);
        self.mailbox.set_idle(None);
        self.marker.take_pass();
        self.lane_goes_on = true;
        woken
    }
}

/// Has tokio run one task, and come back.
fn step_tokio(runtime: &Runtime) {
    let mut has_yielded = false;
    runtime.block_on(poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }));
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
            step_tokio(runtime);
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
