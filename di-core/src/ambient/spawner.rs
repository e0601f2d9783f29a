use std::future::Future;
use std::panic::Location;

use crate::BoxFuture;
use crate::task::{JoinHandle, Parcel};

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
    /// Spawns a task whose result goes elsewhere. Where the method `spawn` is at hand, use that.
    fn spawn_boxed(&self, task: TaskOrigin<'_>, future: BoxFuture<TaskEnd>) -> Box<dyn TaskControl>;

    /// Runs `work` where blocking is allowed. Where the method `spawn_blocking` is at hand, use that.
    fn spawn_blocking_boxed(&self, task: TaskOrigin<'_>, work: Box<dyn FnOnce() + Send>);
}

/// What a task is called, and where it comes from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TaskOrigin<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it was spawned.
    pub site: &'static Location<'static>,
    /// Size of its future, in bytes; of blocking work, of what it has captured.
    pub size: usize,
}

impl<'a> TaskOrigin<'a> {
    /// What a task is called, where it is spawned, and the size of its future in bytes.
    pub fn new(name: &'a str, site: &'static Location<'static>, size: usize) -> Self {
        TaskOrigin { name, site, size }
    }
}

/// How a task has come to its end, for whoever ran it. Its result, or what it panicked with, has gone to its handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEnd {
    /// It has a result.
    Done,
    /// It panicked.
    Panicked,
}

/// A handle of a spawned task, without its result.
pub trait TaskControl: Send + Sync + 'static {
    /// Drops the task at its next await.
    fn abort(&self);

    /// Somebody waits for the task, and has just left a waker.
    fn awaited(&self) {}

    /// Whoever waited for the task has been told that it panicked, or was aborted.
    fn joined(&self) {}
}

/// What can be done with any spawner, without an import.
impl dyn Spawner {
    /// Spawns a task.
    #[track_caller]
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let origin = TaskOrigin { name, site: Location::caller(), size: size_of_val(&future) };
        let parcel = Parcel::new();
        let control = self.spawn_boxed(origin, Box::pin(parcel.carry(future)));
        parcel.controlled_by(control);
        JoinHandle::new(parcel)
    }

    /// Runs `work`, which may block, on a thread where that is allowed. It cannot be aborted.
    #[track_caller]
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let origin = TaskOrigin { name, site: Location::caller(), size: size_of_val(&work) };
        let parcel = Parcel::new();
        self.spawn_blocking_boxed(origin, Box::new(parcel.carry_blocking(work)));
        JoinHandle::new(parcel)
    }
}
