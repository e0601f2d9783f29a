//! The interface of executors: boxed methods to implement, generic methods to call.

use std::future::Future;
use std::panic::Location;

use super::result_slot::ResultSlot;
use super::{JoinHandle, TaskControl, TaskEnd, TaskOrigin};
use crate::internal::BoxFuture;

/// Spawns tasks, each with a name.
///
/// A component takes an `Arc<dyn Spawner>`, and a container gets it from [`Ambient`](crate::ambient::Ambient): tokio's
/// in production, or any other in a test.
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
    /// Spawns a task that stores its own result. Executors implement this; callers use `spawn`.
    fn spawn_boxed(&self, task: TaskOrigin<'_>, future: BoxFuture<TaskEnd>) -> Box<dyn TaskControl>;

    /// Runs `work` where blocking is allowed. Executors implement this; callers use `spawn_blocking`.
    fn spawn_blocking_boxed(&self, task: TaskOrigin<'_>, work: Box<dyn FnOnce() + Send>);
}

/// Methods of every spawner. They need no import.
impl dyn Spawner {
    /// Spawns a task.
    #[track_caller]
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let origin = TaskOrigin { name, site: Location::caller(), size: size_of_val(&future) };
        let result = ResultSlot::new();
        let control = self.spawn_boxed(origin, Box::pin(result.fill_from(future)));
        result.set_control(control);
        JoinHandle::new(result)
    }

    /// Runs blocking `work` on a thread that may block. It cannot be aborted.
    #[track_caller]
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let origin = TaskOrigin { name, site: Location::caller(), size: size_of_val(&work) };
        let result = ResultSlot::new();
        self.spawn_blocking_boxed(origin, Box::new(result.fill_from_blocking(work)));
        JoinHandle::new(result)
    }
}
