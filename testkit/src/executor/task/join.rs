//! Results of tasks, which their join handles receive.

use std::future::Future;
use std::mem::replace;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker, ready};
use std::thread;

use di_core::ambient::TaskEnd;
use di_core::task::{Join, JoinError};
use pin_project_lite::pin_project;

use crate::executor::state::World;
use crate::internal::lock;
use crate::trace::CapturedStacks;

/// The result of a task, shared by the task and its `JoinHandle`.
pub(crate) struct JoinState<T> {
    /// Number of the run.
    run: u64,
    /// Number of the task. `None` if the run was over when the task was spawned.
    task: Option<u32>,
    state: Mutex<State<T>>,
}

enum State<T> {
    /// The task has not completed. Holds the waker of its waiter.
    Running(Option<Waker>),
    Finished(Result<T, JoinError>),
    Taken,
}

pin_project! {
    /// A future that stores the result of a task in a [`JoinState`].
    ///
    /// An `async` block would be twice as large: it would store the future twice, as captured and as awaited.
    pub(crate) struct Joinable<F, T>
    where
        T: Send,
        T: 'static,
    {
        #[pin]
        task: F,
        // Declared after `task`, so that it is dropped after it.
        sender: ResultSender<T>,
    }
}

/// Stores the result of a task. If it is dropped before that, it stores that the task panicked or was cancelled.
struct ResultSender<T: Send + 'static> {
    state: Arc<JoinState<T>>,
    is_sent: bool,
}

impl<T: Send + 'static> ResultSender<T> {
    fn send(&mut self, result: Result<T, JoinError>) {
        self.is_sent = true;
        self.state.finish(result);
    }
}

impl<T: Send + 'static> Drop for ResultSender<T> {
    fn drop(&mut self) {
        if !self.is_sent {
            let panic = World::with(|world| world.panic.take()).flatten();
            // While a destructor of the task unwinds, the payload of its panic is not accessible.
            let panic =
                panic.or_else(|| thread::panicking().then(|| Box::new("the task panicked when it was dropped") as _));
            self.send(Err(panic.map_or_else(JoinError::cancelled, JoinError::panicked)));
        }
    }
}

impl<F: Future<Output = T>, T: Send + 'static> Future for Joinable<F, T> {
    type Output = TaskEnd;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TaskEnd> {
        let joinable = self.project();
        let result = ready!(joinable.task.poll(context));
        joinable.sender.send(Ok(result));
        Poll::Ready(TaskEnd::Done)
    }
}

impl<T: Send + 'static> JoinState<T> {
    /// Creates the state of a task that is about to be spawned in `world`.
    pub(crate) fn new(world: &World) -> Arc<Self> {
        let (run, task) = (world.run.get(), world.next_task_number());
        Arc::new(JoinState { run, task, state: Mutex::new(State::Running(None)) })
    }

    /// Wraps the task's future so that it stores its result here.
    pub(crate) fn wrap<F: Future<Output = T>>(self: &Arc<Self>, task: F) -> Joinable<F, T> {
        Joinable { task, sender: ResultSender { state: self.clone(), is_sent: false } }
    }

    fn finish(&self, result: Result<T, JoinError>) {
        let before = replace(&mut *self.lock(), State::Finished(result));
        if let State::Running(Some(waker)) = before {
            waker.wake();
        }
    }

    /// Calls `act` with the world and the number of the task, if its run is not over.
    fn with_task(&self, act: impl FnOnce(&World, u32)) {
        if let Some(task) = self.task {
            World::with_run(self.run, |world| act(world, task));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.state)
    }
}

impl<T: Send + 'static> Join<T> for JoinState<T> {
    fn poll_join(&self, context: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let mut state = self.lock();
        if let State::Running(waker) = &mut *state {
            *waker = Some(context.waker().clone());
            self.with_task(World::set_joined_by);
            CapturedStacks::set_awaited(self.task);
            return Poll::Pending;
        }
        let State::Finished(result) = replace(&mut *state, State::Taken) else {
            panic!("`JoinHandle` polled after completion");
        };
        drop(state);
        if result.is_err() {
            self.with_task(World::set_panic_received);
        }
        Poll::Ready(result)
    }

    fn abort(&self) {
        self.with_task(World::abort);
    }

    fn is_finished(&self) -> bool {
        !matches!(*self.lock(), State::Running(_))
    }
}
