//! Tasks that outlive their caller.

use std::future::Future;
use std::sync::Arc;

use di_core::ambient::{JoinHandle, Spawner};
use di_core::component;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Tasks that continue after their caller is dropped. The service waits for them when it stops.
pub struct BackgroundTasks {
    spawner: Arc<dyn Spawner>,
    tasks: TaskTracker,
}

#[component]
impl BackgroundTasks {
    pub fn new(spawner: Arc<dyn Spawner>) -> Self {
        BackgroundTasks { spawner, tasks: TaskTracker::new() }
    }

    /// Spawns a task, in the current tracing span.
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.spawner.spawn(name, self.tasks.track_future(task).in_current_span())
    }

    /// Waits for all tasks. Components that could spawn more have already stopped.
    #[stop(timeout = "30s")]
    async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
