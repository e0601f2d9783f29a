use std::future::Future;
use std::sync::Arc;

use di_core::ambient::{JoinHandle, Spawner};
use di_core::component;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Tasks that go on when whoever began them has gone, and that are finished before the service ends.
pub struct Background {
    spawner: Arc<dyn Spawner>,
    tasks: TaskTracker,
}

#[component]
impl Background {
    pub fn new(spawner: Arc<dyn Spawner>) -> Self {
        Background { spawner, tasks: TaskTracker::new() }
    }

    /// Begins a task. What it logs is in the span of its beginning.
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.spawner.spawn(name, self.tasks.track_future(task).in_current_span())
    }

    /// Lets those that are under way finish. Whatever could begin another has stopped before.
    #[stop(timeout = "30s")]
    async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
