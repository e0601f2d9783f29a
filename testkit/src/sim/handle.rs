use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use di_core::ambient::{Clock, Entropy, Spawner, TaskOrigin};
use di_core::task::JoinHandle;

use super::cancel::CancelAnywhere;
use super::services::{SimClock, SimEntropy, SimSpawner};
use crate::executor::{JoinState, World};
#[cfg(feature = "tracing")]
use crate::trace::Event;
use crate::trace::{CapturedStacks, TaskSnapshot, TaskStack};

/// The simulation that a test runs in. A test takes it as its parameter; clones are the same simulation.
///
/// ```test_harness
/// use std::time::Duration;
/// use testkit::Sim;
///
/// #[testkit::test]
/// async fn an_hour_passes_at_once(sim: Sim) {
///     let clock = sim.clock();
///     let begun = clock.now();
///     let ticking = sim.spawn("ticking", async move {
///         tokio::time::sleep(Duration::from_secs(3600)).await;
///         clock.now() - begun
///     });
///     assert_eq!(ticking.await.unwrap(), Duration::from_secs(3600));
/// }
/// ```
///
/// # Panics
/// All methods, where they are called on another thread than the simulation's, or after its end.
#[derive(Clone, Copy)]
pub struct Sim {
    run: u64,
}

impl Sim {
    /// The simulation that the caller is in; none outside of one.
    pub fn try_current() -> Option<Sim> {
        World::current().map(|world| Sim { run: world.run.get() })
    }

    /// The simulation that the caller is in.
    ///
    /// # Panics
    /// Outside of one.
    pub fn current() -> Sim {
        Sim::try_current().expect("`Sim::current` is called outside of a simulation")
    }

    pub(crate) fn try_world(&self) -> Option<Rc<World>> {
        World::current().filter(|world| world.run.get() == self.run)
    }

    #[track_caller]
    pub(crate) fn world(&self) -> Rc<World> {
        self.try_world().expect("a simulation is used on another thread, or after its end")
    }

    /// Spawns a task, which the schedule runs in any order with the others. A panic of the task fails the test, unless
    /// somebody awaits the handle and so is told of it.
    #[track_caller]
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let origin = TaskOrigin::new(name, Location::caller(), size_of_val(&future));
        let world = self.world();
        let join = JoinState::new(&world);
        world.spawn(origin, Box::pin(join.wrap(future)));
        JoinHandle::new(join)
    }

    /// Virtual time, as tokio has it in here.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SimClock(*self))
    }

    /// Spawns tasks of this simulation. Blocking work is done at once, in place.
    pub fn spawner(&self) -> Arc<dyn Spawner> {
        Arc::new(SimSpawner(*self))
    }

    /// Random bytes that depend on the schedule's seed alone.
    pub fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(SimEntropy(*self))
    }

    /// Ready after `time`, which passes at once when nothing else can run.
    pub async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Moves virtual time on by `time`, although others may be ready, and fires the timers that are due.
    pub async fn advance(&self, time: Duration) {
        let done = self.world().advance(time);
        done.await;
    }

    /// Ready when every other task is blocked: none is ready, and time would pass.
    pub async fn settle(&self) {
        let done = self.world().settle();
        done.await;
    }

    /// One of `count` alternatives, from 0, which is the default. The schedule chooses, remembers it, and leaves it out
    /// where the failure does not need it.
    ///
    /// # Panics
    /// If there is none: `count` is 0.
    pub fn choose(&self, count: usize) -> usize {
        assert!(count > 0, "there is nothing to choose from");
        self.world().choose(u32::try_from(count).expect("there are fewer than 2^32 alternatives")) as usize
    }

    /// Polls `future`, and perhaps drops it at one of its awaits: the schedule decides whether, and at which. By default it
    /// does not. None, if it was dropped.
    pub fn cancel_anywhere<F: Future>(&self, future: F) -> impl Future<Output = Option<F::Output>> + use<F> {
        CancelAnywhere::new(*self, future)
    }

    /// Notes a text in the report of a failure, with the virtual time and the task.
    pub fn note(&self, text: impl fmt::Display) {
        self.world().note(text.to_string());
    }

    /// Virtual time since the start.
    pub fn elapsed(&self) -> Duration {
        self.world().elapsed()
    }

    /// The tasks that there have been so far, the test itself the first.
    pub fn tasks(&self) -> Vec<TaskSnapshot> {
        self.world().snapshots().into_iter().filter(|task| !task.is_background).collect()
    }

    /// Notes an event in the recording of the run, if there is one.
    #[cfg(feature = "tracing")]
    pub(crate) fn record_event(&self, level: &'static str, text: impl FnOnce() -> String) {
        if let Some(world) = self.try_world() {
            world.record(|| Event::Tracing { level, text: text() });
        }
    }

    /// Sets what the test returned.
    pub(crate) fn set_result(&self, result: Result<(), String>) {
        self.world().set_result(result);
    }

    /// The async stack of the poll that is under way, if this run takes any.
    pub(crate) fn stack(&self) -> Option<TaskStack> {
        CapturedStacks::of_task(self.world().current.get())
    }

    /// Name of the task that is being polled; empty for one of `tokio::spawn`.
    pub(crate) fn task_name(&self) -> String {
        self.world().task_name()
    }

    pub(super) fn chooses_cancel(&self) -> bool {
        self.world().chooses_cancel(CANCELLED)
    }
}

/// One await in so many is where a future is dropped, under a random strategy.
const CANCELLED: u32 = 8;

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sim")
    }
}
