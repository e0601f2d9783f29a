use std::future::Future;
use std::mem::replace;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker, ready};

use di_core::__private::lock;
use di_core::ambient::TaskEnd;
use di_core::task::{Join, JoinError};
use pin_project_lite::pin_project;

use super::handle::Sim;
use super::task::End;

/// Where a task of `Sim::spawn` leaves its result.
pub(super) struct Joined<T> {
    sim: Sim,
    state: Mutex<(Option<u32>, Joining<T>)>,
}

enum Joining<T> {
    /// The task has no result yet; who waits for one has left this.
    Running(Option<Waker>),
    Finished(Result<T, JoinError>),
    Taken,
}

pin_project! {
    /// A task that leaves its result. Of a panic, whoever runs it tells.
    ///
    /// It is no `async` block, since that would keep the future twice: as it was captured, and as it is awaited.
    pub(super) struct Carried<F: Future> {
        joined: Arc<Joined<F::Output>>,
        #[pin]
        task: F,
    }
}

impl<F: Future<Output: Send + 'static>> Future for Carried<F> {
    type Output = TaskEnd;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TaskEnd> {
        let carried = self.project();
        let result = ready!(carried.task.poll(context));
        carried.joined.tell(Ok(result));
        Poll::Ready(TaskEnd::Done)
    }
}

impl<T: Send + 'static> Joined<T> {
    pub(super) fn new(sim: Sim) -> Arc<Self> {
        Arc::new(Joined { sim, state: Mutex::new((None, Joining::Running(None))) })
    }

    /// The task, its result left here.
    pub(super) fn carry<F: Future<Output = T>>(self: &Arc<Self>, task: F) -> Carried<F> {
        Carried { joined: self.clone(), task }
    }

    /// The number of the task.
    pub(super) fn is_task(&self, task: Option<u32>) {
        self.lock().0 = task;
    }

    fn tell(&self, result: Result<T, JoinError>) {
        let mut state = self.lock();
        let Joining::Running(waker) = &mut state.1 else { return };
        let waker = waker.take();
        state.1 = Joining::Finished(result);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, (Option<u32>, Joining<T>)> {
        lock(&self.state)
    }
}

impl<T: Send + 'static> End for Joined<T> {
    fn fail(&self, error: JoinError) {
        self.tell(Err(error));
    }
}

impl<T: Send + 'static> Join<T> for Joined<T> {
    fn poll_join(&self, context: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let mut state = self.lock();
        if let Joining::Running(waker) = &mut state.1 {
            *waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        let Joining::Finished(result) = replace(&mut state.1, Joining::Taken) else {
            panic!("`JoinHandle` polled after it was ready");
        };
        let task = state.0;
        drop(state);
        if let (Err(_), Some(task), Some(world)) = (&result, task, self.sim.try_world()) {
            world.joined(task);
        }
        Poll::Ready(result)
    }

    fn abort(&self) {
        let task = self.lock().0;
        if let (Some(task), Some(world)) = (task, self.sim.try_world()) {
            world.abort(task);
        }
    }

    fn is_finished(&self) -> bool {
        !matches!(self.lock().1, Joining::Running(_))
    }
}
