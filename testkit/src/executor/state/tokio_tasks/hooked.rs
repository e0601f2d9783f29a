//! With the hooks: the tasks are tasks of the simulation.

use std::cell::RefCell;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use di_core::ambient::{TaskEnd, TaskOrigin};
use tokio::testkit_hooks::{self, Joined, NewTask, Simulation, TaskFuture};

use crate::executor::state::World;
use crate::internal::short_place;
use crate::trace::CapturedStacks;

/// The tasks of a run that tokio's functions spawned, by their ids in tokio.
#[derive(Default)]
pub(crate) struct TokioTasks {
    /// tokio's ids and the numbers of the tasks, in ascending order.
    ids: RefCell<Vec<(u64, u32)>>,
    names: RefCell<Vec<(&'static Location<'static>, Rc<str>)>>,
}

impl TokioTasks {
    pub(in crate::executor) fn new() -> Self {
        TokioTasks::default()
    }

    pub(in crate::executor) fn begin(&self) {
        self.ids.borrow_mut().clear();
    }

    /// Returns whether the run has such tasks.
    pub(in crate::executor) fn have_been_spawned(&self) -> bool {
        !self.ids.borrow().is_empty()
    }

    /// Returns whether the caller is a raw task: one that tokio runs itself.
    pub(in crate::executor) fn is_in_raw_task(&self) -> bool {
        testkit_hooks::current_id().is_some_and(|id| self.number_of(id).is_none())
    }

    fn number_of(&self, id: u64) -> Option<u32> {
        let ids = self.ids.borrow();
        ids.binary_search_by_key(&id, |&(id, _)| id).ok().map(|at| ids[at].1)
    }

    /// Names a task after its spawn site.
    fn name(&self, site: &'static Location<'static>) -> Rc<str> {
        let mut names = self.names.borrow_mut();
        if let Some((_, name)) = names.iter().find(|(known, _)| std::ptr::eq(*known, site)) {
            return name.clone();
        }
        let name: Rc<str> = short_place(site.file(), site.line()).into();
        names.push((site, name.clone()));
        name
    }
}

const SIMULATION: Simulation = Simulation {
    spawn: |task| {
        World::with(|world| spawn(world, task));
    },
    abort: |id| World::with(|world| abort(world, id)).unwrap_or(false),
    joined: |id, joined| {
        World::with(|world| set_joined(world, id, joined));
    },
    take_panic: || World::with(|world| world.panic.take()).flatten(),
    first_branch: |count| World::with(|world| world.choose(count)).unwrap_or(0),
    local_task: |count| World::with(|world| world.choose(count as u32)).unwrap_or(0) as usize,
};

fn spawn(world: &World, task: NewTask) {
    let NewTask { id, site, size, future } = task;
    let name = world.tokio_tasks.name(site);
    let origin = TaskOrigin::new(&name, site, size);
    if let Some(number) = world.spawn(origin, Box::pin(Spawned(future))) {
        world.tokio_tasks.ids.borrow_mut().push((id, number));
    }
}

fn abort(world: &World, id: u64) -> bool {
    let number = world.tokio_tasks.number_of(id);
    if let Some(number) = number {
        world.abort(number);
    }
    number.is_some()
}

fn set_joined(world: &World, id: u64, joined: Joined) {
    let Some(number) = world.tokio_tasks.number_of(id) else { return };
    match joined {
        Joined::Waits => {
            world.set_joined_by(number);
            CapturedStacks::set_awaited(Some(number));
        }
        Joined::Panicked => world.set_panic_received(number),
    }
}

/// The future of a task, with the output that the executor expects.
struct Spawned(TaskFuture);

impl Future for Spawned {
    type Output = TaskEnd;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TaskEnd> {
        self.0.as_mut().poll(context).map(|()| TaskEnd::Done)
    }
}

/// Passes what tokio spawns on this thread to the simulation until it is dropped.
pub(crate) struct Entered(Option<&'static Simulation>);

impl Entered {
    pub(in crate::executor) fn new() -> Self {
        Entered(testkit_hooks::set(Some(&SIMULATION)))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        testkit_hooks::set(self.0);
    }
}
