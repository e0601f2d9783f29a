use std::future::Future;
use std::mem::replace;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker, ready};
use std::thread;

use crate::internal::lock;
use di_core::ambient::TaskEnd;
use di_core::task::{Join, JoinError};
use pin_project_lite::pin_project;

use super::handle::Sim;
use super::stack;
use super::world::World;

/// Where a task of `Sim::spawn` leaves its result.
pub(super) struct Joined<T> {
    sim: Sim,
    /// None, where the run was over when it was spawned.
    task: Option<u32>,
    state: Mutex<Joining<T>>,
}

enum Joining<T> {
    /// The task has no result yet; who waits for one has left this.
    Running(Option<Waker>),
    Finished(Result<T, JoinError>),
    Taken,
}

pin_project! {
    /// A task that leaves its result.
    ///
    /// It is no `async` block, since that would keep the future twice: as it was captured, and as it is awaited.
    pub(super) struct Carried<F, T>
    where
        T: Send,
        T: 'static,
    {
        #[pin]
        task: F,
        // Dropped behind the task.
        teller: Teller<T>,
    }
}

/// The task's end of [`Joined`]; dropped untold, it tells that the task has panicked, or was cancelled.
struct Teller<T: Send + 'static> {
    joined: Arc<Joined<T>>,
    has_told: bool,
}

impl<T: Send + 'static> Teller<T> {
    fn tell(&mut self, result: Result<T, JoinError>) {
        self.has_told = true;
        self.joined.tell(result);
    }
}

impl<T: Send + 'static> Drop for Teller<T> {
    fn drop(&mut self) {
        if !self.has_told {
            let panic = World::with(|world| world.panic.take()).flatten();
            // What a destructor of the task panics with right now cannot be had.
            let panic =
                panic.or_else(|| thread::panicking().then(|| Box::new("the task panicked when it was dropped") as _));
            self.tell(Err(panic.map_or_else(JoinError::cancelled, JoinError::panicked)));
        }
    }
}

impl<F: Future<Output = T>, T: Send + 'static> Future for Carried<F, T> {
    type Output = TaskEnd;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TaskEnd> {
        let carried = self.project();
        let result = ready!(carried.task.poll(context));
        carried.teller.tell(Ok(result));
        Poll::Ready(TaskEnd::Done)
    }
}

impl<T: Send + 'static> Joined<T> {
    pub(super) fn new(sim: Sim, task: Option<u32>) -> Arc<Self> {
        Arc::new(Joined { sim, task, state: Mutex::new(Joining::Running(None)) })
    }

    /// The task, its result left here.
    pub(super) fn carry<F: Future<Output = T>>(self: &Arc<Self>, task: F) -> Carried<F, T> {
        Carried { task, teller: Teller { joined: self.clone(), has_told: false } }
    }

    fn tell(&self, result: Result<T, JoinError>) {
        let before = replace(&mut *self.lock(), Joining::Finished(result));
        if let Joining::Running(Some(waker)) = before {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Joining<T>> {
        lock(&self.state)
    }
}

impl<T: Send + 'static> Join<T> for Joined<T> {
    fn poll_join(&self, context: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let mut state = self.lock();
        if let Joining::Running(waker) = &mut *state {
            *waker = Some(context.waker().clone());
            stack::awaits(self.task);
            return Poll::Pending;
        }
        let Joining::Finished(result) = replace(&mut *state, Joining::Taken) else {
            panic!("`JoinHandle` polled after it was ready");
        };
        drop(state);
        if let (Err(_), Some(task), Some(world)) = (&result, self.task, self.sim.try_world()) {
            world.joined(task);
        }
        Poll::Ready(result)
    }

    fn abort(&self) {
        if let (Some(task), Some(world)) = (self.task, self.sim.try_world()) {
            world.abort(task);
        }
    }

    fn is_finished(&self) -> bool {
        !matches!(*self.lock(), Joining::Running(_))
    }
}
