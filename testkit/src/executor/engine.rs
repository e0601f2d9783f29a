//! The parts of the executor that outlive a run: runtime, task cells and wakes from other threads.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use di_core::task::Entered;
use tokio::time::Instant;

use super::state::World;
use super::task::{RemoteWakes, TaskCell};
use super::tokio::PausedRuntime;

/// State that a worker thread keeps from run to run.
pub(crate) struct Engine {
    pub(super) tokio: PausedRuntime,
    pub(super) world: Rc<World>,
    /// Cells by task number; there may be more than the run has tasks.
    pub(super) cells: Vec<TaskCell>,
    pub(super) remote: Arc<RemoteWakes>,
    /// Number of the last run. Unique in the process.
    run: u64,
    /// Whether a panic unwound through the runtime. The runtime must then not be used again.
    pub(super) is_broken: bool,
    /// Makes `di_core::task` spawn into the simulation while it lives.
    spawner: Rc<Entered>,
}

/// Number of the next engine, from 1. Each engine numbers its runs in its own range, which it never exhausts.
static ENGINES: AtomicU64 = AtomicU64::new(1);

impl Engine {
    /// Creates the engine of this thread. `spawner` makes `di_core::task` spawn into the simulation.
    pub(crate) fn new(spawner: Entered) -> Self {
        Engine::from_parts(Arc::default(), Rc::new(spawner))
    }

    fn from_parts(remote: Arc<RemoteWakes>, spawner: Rc<Entered>) -> Self {
        Engine {
            tokio: PausedRuntime::new(),
            world: World::this_thread(),
            cells: Vec::new(),
            remote,
            run: ENGINES.fetch_add(1, Ordering::Relaxed) << 32,
            is_broken: false,
            spawner,
        }
    }

    /// Prepares for a run. Replaces the runtime if the last run left raw tasks in it or broke it.
    pub(super) fn reset(&mut self) {
        if self.tokio.raw_tasks() > 0 || self.is_broken {
            self.renew();
        }
        self.tokio.begin();
    }

    /// Returns the number of the next run.
    pub(super) fn next_run(&mut self) -> u64 {
        self.run += 1;
        self.run
    }

    /// Replaces the runtime and the task cells with new ones.
    pub(super) fn renew(&mut self) {
        *self = Engine::from_parts(self.remote.clone(), self.spawner.clone());
    }

    /// Ensures that there are cells for `count` tasks.
    pub(super) fn reserve_cells(&mut self, count: usize) {
        while self.cells.len() < count {
            self.cells.push(TaskCell::new(self.cells.len() as u32, &self.remote));
        }
    }

    /// Lets virtual time pass until a task is woken, or until `deadline`. Steers the first random numbers that raw
    /// tasks draw meanwhile into the ranges `wanted`. Returns whether a task was woken, and whether raw tasks drew.
    pub(super) fn wait(&mut self, deadline: Instant, wanted: &[std::ops::Range<u32>]) -> super::tokio::Waited {
        let (world, remote) = (&self.world, &self.remote);
        let waited = self.tokio.wait(deadline, wanted, |context| {
            world.set_idle_waker(Some(context.waker().clone()));
            remote.set_idle_waker(Some(context.waker().clone()));
            remote.has_any() || !world.run_queue.borrow().is_empty()
        });
        world.set_idle_waker(None);
        remote.set_idle_waker(None);
        waited
    }

    /// Returns the virtual time since the start of the clock.
    pub(super) fn since_base(&self) -> Duration {
        self.tokio.since_base()
    }
}
