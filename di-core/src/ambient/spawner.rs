use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;

use crate::BoxFuture;
use crate::unwind::{lock, panic_text};

/// Spawns tasks, each with a name.
///
/// A component takes it as an `Arc<dyn Spawner>`, and a container has it from [`Ambient`](crate::ambient::Ambient): in
/// production tokio's, in a test whatever the test says.
///
/// ```
/// use std::sync::Arc;
/// use di_core::ambient::Spawner;
/// use di_core::component;
///
/// pub struct Mailer { spawner: Arc<dyn Spawner> }
///
/// #[component]
/// impl Mailer {
///     pub fn new(spawner: Arc<dyn Spawner>) -> Self {
///         Mailer { spawner }
///     }
///
///     pub async fn send(&self, text: String) -> usize {
///         let sending = self.spawner.spawn("send", async move { text.len() });
///         sending.await.unwrap_or(0)
///     }
/// }
/// ```
pub trait Spawner: Send + Sync + 'static {
    /// Spawns a task without a result. Where the method `spawn` is at hand, use that.
    fn spawn_boxed(&self, name: &str, future: BoxFuture<()>) -> Box<dyn TaskControl>;

    /// Runs `work` where blocking is allowed. Where the method `spawn_blocking` is at hand, use that.
    fn spawn_blocking_boxed(&self, name: &str, work: Box<dyn FnOnce() + Send>);
}

/// A handle of a spawned task, without its result.
pub trait TaskControl: Send + Sync + 'static {
    /// Drops the task at its next await.
    fn abort(&self);
}

/// What can be done with any spawner, without an import.
impl dyn Spawner {
    /// Spawns a task.
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let (completion, shared) = Completion::new();
        let task = async move { completion.complete(AssertUnwindSafe(future).catch_unwind().await) };
        let control = self.spawn_boxed(name, Box::pin(task));
        JoinHandle { shared, control: Some(control) }
    }

    /// Runs `work`, which may block, on a thread where that is allowed. It cannot be aborted.
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let (completion, shared) = Completion::new();
        self.spawn_blocking_boxed(name, Box::new(move || completion.complete(catch_unwind(AssertUnwindSafe(work)))));
        JoinHandle { shared, control: None }
    }
}

/// A spawned task: a future of its result. Dropped, it lets the task run on by itself.
pub struct JoinHandle<T> {
    shared: Arc<Mutex<Shared<T>>>,
    /// None where the task cannot be aborted.
    control: Option<Box<dyn TaskControl>>,
}

struct Shared<T> {
    result: Option<Result<T, JoinError>>,
    is_finished: bool,
    waker: Option<Waker>,
}

/// Tells the handle what became of the task; dropped untold, that it was cancelled.
struct Completion<T> {
    shared: Arc<Mutex<Shared<T>>>,
}

impl<T> Completion<T> {
    fn new() -> (Self, Arc<Mutex<Shared<T>>>) {
        let shared = Arc::new(Mutex::new(Shared { result: None, is_finished: false, waker: None }));
        (Completion { shared: shared.clone() }, shared)
    }

    fn complete(self, result: Result<T, Box<dyn Any + Send>>) {
        self.tell(result.map_err(|panic| JoinError(Some(Mutex::new(panic)))));
    }

    fn tell(&self, result: Result<T, JoinError>) {
        let mut shared = lock(&self.shared);
        if std::mem::replace(&mut shared.is_finished, true) {
            return;
        }
        shared.result = Some(result);
        let waker = shared.waker.take();
        drop(shared);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Completion<T> {
    fn drop(&mut self) {
        self.tell(Err(JoinError(None)));
    }
}

impl<T> JoinHandle<T> {
    /// Drops the task at its next await, unless it is done, or runs blocking work.
    pub fn abort(&self) {
        if let Some(control) = &self.control {
            control.abort();
        }
    }

    /// Whether the task is done, panicked or aborted.
    pub fn is_finished(&self) -> bool {
        lock(&self.shared).is_finished
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    /// # Panics
    /// If it was ready before.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut shared = lock(&self.shared);
        match shared.result.take() {
            Some(result) => Poll::Ready(result),
            None if shared.is_finished => panic!("`JoinHandle` polled after it was ready"),
            None => {
                shared.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("is_finished", &self.is_finished()).finish_non_exhaustive()
    }
}

/// Why a task has no result: it panicked, or it was aborted.
pub struct JoinError(Option<Mutex<Box<dyn Any + Send>>>);

impl JoinError {
    /// Whether the task was aborted, or dropped with its runtime.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the task panicked.
    pub fn is_panic(&self) -> bool {
        self.0.is_some()
    }

    /// What the task panicked with, for `resume_unwind`.
    ///
    /// # Panics
    /// If it did not panic.
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        let panic = self.0.expect("`into_panic` of a task that did not panic");
        panic.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(panic) = &self.0 else { return f.write_str("the task was cancelled") };
        match panic_text(&**lock(panic)) {
            Some(text) => write!(f, "the task panicked: {text}"),
            None => f.write_str("the task panicked"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl std::error::Error for JoinError {}
