//! The ambient services of a simulation.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use di_core::BoxFuture;
use di_core::ambient::{Clock, Entropy, Spawner, TaskControl, TaskEnd, TaskOrigin};
use di_core::task::Entered;

use super::handle::Sim;
use crate::executor::{World, with_printed_panics};
use crate::trace::CapturedStacks;

/// Makes `di_core::task` and `di_core::select!` use the simulation of this thread until the returned guard is dropped.
pub(crate) fn enter_thread() -> Entered {
    di_core::task::set_select_start(|branches| World::current().map(|world| world.choose(branches)));
    di_core::task::enter(Arc::new(CurrentSpawner))
}

pub(super) struct SimClock(pub(super) Sim);

impl Clock for SimClock {
    fn now(&self) -> Instant {
        self.0.world().now().into_std()
    }

    fn system_time(&self) -> SystemTime {
        self.0.world().system_time()
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep_until(deadline.into()))
    }
}

pub(super) struct SimSpawner(pub(super) Sim);

impl Spawner for SimSpawner {
    fn spawn_boxed(&self, task: TaskOrigin<'_>, future: BoxFuture<TaskEnd>) -> Box<dyn TaskControl> {
        match self.0.world().spawn(task, future) {
            Some(task) => Box::new(SimTask { sim: self.0, task }),
            None => Box::new(DroppedTask),
        }
    }

    fn spawn_blocking_boxed(&self, _: TaskOrigin<'_>, work: Box<dyn FnOnce() + Send>) {
        with_printed_panics(work);
    }
}

/// The spawner of `di_core::task`, which spawns into the current simulation.
pub(super) struct CurrentSpawner;

impl Spawner for CurrentSpawner {
    fn spawn_boxed(&self, task: TaskOrigin<'_>, future: BoxFuture<TaskEnd>) -> Box<dyn TaskControl> {
        SimSpawner(Sim::current()).spawn_boxed(task, future)
    }

    fn spawn_blocking_boxed(&self, task: TaskOrigin<'_>, work: Box<dyn FnOnce() + Send>) {
        SimSpawner(Sim::current()).spawn_blocking_boxed(task, work);
    }
}

struct SimTask {
    sim: Sim,
    task: u32,
}

impl TaskControl for SimTask {
    fn abort(&self) {
        if let Some(world) = self.sim.try_world() {
            world.abort(self.task);
        }
    }

    fn awaited(&self) {
        if CapturedStacks::is_capturing() && self.sim.try_world().is_some() {
            CapturedStacks::set_awaited(Some(self.task));
        }
    }

    fn joined(&self) {
        if let Some(world) = self.sim.try_world() {
            world.set_panic_received(self.task);
        }
    }
}

/// Control of a task that was spawned after the end of its run, and dropped.
struct DroppedTask;

impl TaskControl for DroppedTask {
    fn abort(&self) {}
}

pub(super) struct SimEntropy(pub(super) Sim);

impl Entropy for SimEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.world().entropy.borrow_mut().fill(bytes);
    }
}
