//! With the hooks: the tasks are tasks of the simulation.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use di_core::ambient::{TaskEnd, TaskOrigin};
use tokio::testkit_hooks::{self, Joined, NewTask, Simulation, TaskFuture};

use super::locks::Locks;
use crate::executor::state::World;
use crate::internal::short_place;
use crate::trace::{CapturedStacks, Holder};

/// The tasks of a run that tokio's functions spawned, by their ids in tokio.
#[derive(Default)]
pub(crate) struct TokioTasks {
    /// tokio's ids and the numbers of the tasks, in ascending order.
    ids: RefCell<Vec<(u64, u32)>>,
    /// Whether the run has such tasks, or choices that only the hooks can make.
    is_used: Cell<bool>,
    /// Whether the current poll has come to the end of its budget before an operation.
    is_at_limit: Cell<bool>,
    locks: Locks,
    names: RefCell<Vec<(&'static Location<'static>, Rc<str>)>>,
}

impl TokioTasks {
    pub(in crate::executor) fn new() -> Self {
        TokioTasks::default()
    }

    pub(in crate::executor) fn begin(&self) {
        self.ids.borrow_mut().clear();
        self.is_used.set(false);
        self.is_at_limit.set(false);
        self.locks.begin();
    }

    /// Returns whether the hooks had a part in the run, so that it cannot be replayed without them.
    pub(in crate::executor) fn are_used(&self) -> bool {
        self.is_used.get()
    }

    /// Returns whether a poll since the last call has come to the end of its budget before an operation. The budget may
    /// show that no more, because an operation around it gives its own part back.
    pub(in crate::executor) fn take_limit(&self) -> bool {
        self.is_at_limit.take()
    }

    /// Returns the holders of the lock or the permits that each task waits for, in a run that explains a failure.
    pub(in crate::executor) fn lock_holders(&self) -> BTreeMap<u32, Vec<Holder>> {
        self.locks.holders()
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
    first_branch: choose,
    takes_effect_first: || {
        World::with(|world| world.tokio_tasks.is_at_limit.set(true));
        choose(2) == 1
    },
    acquiring: |lock, permits, is_taken| {
        with_locks(|locks, task| if is_taken { locks.add(lock, task, permits) } else { locks.set_wait(lock, task) });
    },
    released: |lock, permits| with_locks(|locks, task| locks.remove(lock, task, permits)),
    local_task: |count| choose(count as u32) as usize,
};

fn spawn(world: &World, task: NewTask) {
    let NewTask { id, site, size, future } = task;
    world.tokio_tasks.is_used.set(true);
    let name = world.tokio_tasks.name(site);
    let origin = TaskOrigin::new(&name, site, size);
    if let Some(number) = world.spawn(origin, Box::pin(Spawned(future))) {
        world.tokio_tasks.ids.borrow_mut().push((id, number));
    }
}

/// Calls `act` with the locks and the current task, in a run that explains a failure.
fn with_locks(act: impl FnOnce(&Locks, u32)) {
    World::with(|world| {
        if world.is_explaining() {
            act(&world.tokio_tasks.locks, world.current.get());
        }
    });
}

/// Makes a choice that needs the hooks.
fn choose(count: u32) -> u32 {
    let choose = |world: &World| {
        world.tokio_tasks.is_used.set(true);
        world.choose(count)
    };
    World::with(choose).unwrap_or(0)
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
