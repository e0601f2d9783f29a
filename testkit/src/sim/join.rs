use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use di_core::ambient::TaskEnd;
use di_core::task::{Join, JoinError};

use super::handle::Sim;
use super::task::End;

/// Where a task of `Sim::spawn` leaves its result.
pub(super) struct Joined<T> {
    sim: Sim,
    state: Mutex<Joining<T>>,
}

struct Joining<T> {
    task: Option<u32>,
    result: Option<Result<T, JoinError>>,
    is_finished: bool,
    waker: Option<Waker>,
}

impl<T: Send + 'static> Joined<T> {
    pub(super) fn new(sim: Sim) -> Arc<Self> {
        let state = Joining { task: None, result: None, is_finished: false, waker: None };
        Arc::new(Joined { sim, state: Mutex::new(state) })
    }

    /// The task, its result left here. Of a panic, whoever runs it tells.
    pub(super) fn carry(
        self: &Arc<Self>,
        task: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = TaskEnd> + Send + 'static {
        let joined = self.clone();
        async move {
            joined.tell(Ok(task.await));
            TaskEnd::Done
        }
    }

    /// The number of the task.
    pub(super) fn is_task(&self, task: Option<u32>) {
        self.lock().task = task;
    }

    fn tell(&self, result: Result<T, JoinError>) {
        let mut state = self.lock();
        if std::mem::replace(&mut state.is_finished, true) {
            return;
        }
        state.result = Some(result);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Joining<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        match state.result.take() {
            Some(result) => {
                let task = state.task;
                drop(state);
                if let (Err(_), Some(task), Some(world)) = (&result, task, self.sim.try_world()) {
                    world.joined(task);
                }
                Poll::Ready(result)
            }
            None if state.is_finished => panic!("`JoinHandle` polled after it was ready"),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn abort(&self) {
        if let (Some(task), Some(world)) = (self.lock().task, self.sim.try_world()) {
            world.abort(task);
        }
    }

    fn is_finished(&self) -> bool {
        self.lock().is_finished
    }
}
