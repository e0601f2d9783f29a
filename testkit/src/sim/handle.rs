//! `Sim`, the handle through which a test spawns tasks, moves time and makes choices.

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

/// Handle to the simulation in which a test runs. A test takes it as a parameter; copies refer to the same simulation.
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
/// All methods panic if they are called on a thread other than the simulation's, or after its end.
#[derive(Clone, Copy)]
pub struct Sim {
    run: u64,
}

impl Sim {
    /// Returns the current simulation, or `None` outside of one.
    pub fn try_current() -> Option<Sim> {
        World::current().map(|world| Sim { run: world.run.get() })
    }

    /// Returns the current simulation.
    ///
    /// # Panics
    /// Panics outside of a simulation.
    pub fn current() -> Sim {
        Sim::try_current().expect("`Sim::current` called outside of a simulation")
    }

    pub(crate) fn try_world(&self) -> Option<Rc<World>> {
        World::current().filter(|world| world.run.get() == self.run)
    }

    #[track_caller]
    pub(crate) fn world(&self) -> Rc<World> {
        self.try_world().expect("`Sim` used on another thread, or after its simulation ended")
    }

    /// Spawns a task. The schedule decides the order in which tasks run. A panic of the task fails the test, unless the
    /// handle is awaited and returns it as an error.
    #[track_caller]
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let origin = TaskOrigin::new(name, Location::caller(), size_of_val(&future));
        self.spawn_numbered(origin, future).1
    }

    /// Spawns a task. Returns its number, unless the run is over, and its handle.
    pub(crate) fn spawn_numbered<T: Send + 'static>(
        &self,
        origin: TaskOrigin<'_>,
        future: impl Future<Output = T> + Send + 'static,
    ) -> (Option<u32>, JoinHandle<T>) {
        let world = self.world();
        let join = JoinState::new(&world);
        let number = world.spawn(origin, Box::pin(join.wrap(future)));
        (number, JoinHandle::new(join))
    }

    /// Returns a clock that shows virtual time, as tokio's clock does inside the simulation.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SimClock(*self))
    }

    /// Returns a spawner for tasks in this simulation. Blocking work runs at once, on the calling thread.
    pub fn spawner(&self) -> Arc<dyn Spawner> {
        Arc::new(SimSpawner(*self))
    }

    /// Returns a source of random bytes, which depend only on the seed of the schedule.
    pub fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(SimEntropy(*self))
    }

    /// Waits for `time`, which passes at once when no task is ready.
    pub async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Moves virtual time forward by `time`, even if other tasks are ready, and fires the timers that are due.
    pub async fn advance(&self, time: Duration) {
        let done = self.world().advance(time);
        done.await;
    }

    /// Waits until every other task is blocked, just before time would pass.
    pub async fn settle(&self) {
        let done = self.world().settle();
        done.await;
    }

    /// Lets the schedule choose a number below `count`. The default is 0. The schedule records the choice, and
    /// shrinking removes it if the failure does not need it.
    ///
    /// # Panics
    /// Panics if `count` is 0, or at least 2^32.
    pub fn choose(&self, count: usize) -> usize {
        assert!(count > 0, "`count` must not be 0");
        self.world().choose(u32::try_from(count).expect("`count` must be less than 2^32")) as usize
    }

    /// Polls `future`, and lets the schedule drop it at any of its awaits: while it waits, or after it was woken and
    /// before it is polled again. Returns `None` if it was dropped. The default is not to drop it.
    pub fn cancel_anywhere<F: Future>(&self, future: F) -> impl Future<Output = Option<F::Output>> + use<F> {
        CancelAnywhere::new(*self, future)
    }

    /// Adds a note to the report of a failure, with the virtual time and the current task.
    pub fn note(&self, text: impl fmt::Display) {
        self.world().note(text.to_string());
    }

    /// Returns the virtual time since the start of the run.
    pub fn elapsed(&self) -> Duration {
        self.world().elapsed()
    }

    /// Returns all tasks spawned so far, completed ones included. The test itself is the first.
    pub fn tasks(&self) -> Vec<TaskSnapshot> {
        self.world().snapshots().into_iter().filter(|task| !task.is_background).collect()
    }

    /// Records a `tracing` event, if the run is recorded.
    #[cfg(feature = "tracing")]
    pub(crate) fn record_event(&self, level: &'static str, text: impl FnOnce() -> String) {
        if let Some(world) = self.try_world() {
            world.record(|| Event::Tracing { level, text: text() });
        }
    }

    /// Sets the result of the test.
    pub(crate) fn set_result(&self, result: Result<(), String>) {
        self.world().set_result(result);
    }

    /// Returns the async stack of the current poll, if this run captures stacks.
    pub(crate) fn stack(&self) -> Option<TaskStack> {
        CapturedStacks::waiting(self.world().current.get())
    }

    /// Returns the name of the task that is being polled. Empty for a raw task.
    pub(crate) fn task_name(&self) -> String {
        self.world().task_name()
    }

    pub(super) fn chooses_cancel(&self) -> bool {
        self.world().chooses_cancel(CANCEL_ONE_IN)
    }
}

/// Random schedulers drop a future at one in this many awaits.
const CANCEL_ONE_IN: u32 = 8;

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sim")
    }
}
