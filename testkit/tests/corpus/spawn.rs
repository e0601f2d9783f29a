//! Spawns the corpus's tasks: through testkit, or with `tokio::spawn` under `cargo testkit`.

use std::env;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use testkit::Sim;

/// Whether tasks are spawned with `tokio::spawn`. Needs the hooks of `cargo testkit`, because without them those tasks
/// keep their order.
static BY_TOKIO: LazyLock<bool> =
    LazyLock::new(|| testkit::has_tokio_hooks() && env::var("CORPUS_SPAWN").as_deref() != Ok("testkit"));

/// Spawns one of a component's tasks.
#[track_caller]
pub(crate) fn spawn<T: Send + 'static>(
    name: &'static str,
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    if *BY_TOKIO {
        JoinHandle::Tokio(tokio::spawn(task))
    } else {
        JoinHandle::Testkit(Sim::current().spawn(name, task))
    }
}

/// The handle of a task.
pub(crate) enum JoinHandle<T> {
    Testkit(di_core::task::JoinHandle<T>),
    Tokio(tokio::task::JoinHandle<T>),
}

impl<T: Send + 'static> JoinHandle<T> {
    pub(crate) fn abort(&self) {
        match self {
            JoinHandle::Testkit(handle) => handle.abort(),
            JoinHandle::Tokio(handle) => handle.abort(),
        }
    }
}

impl<T: Send + 'static> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            JoinHandle::Testkit(handle) => Pin::new(handle).poll(context).map_err(|error| JoinError(error.to_string())),
            JoinHandle::Tokio(handle) => Pin::new(handle).poll(context).map_err(|error| JoinError(error.to_string())),
        }
    }
}

/// The error of a task that panicked or was aborted.
pub(crate) struct JoinError(String);

impl fmt::Debug for JoinError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JoinError: {}", self.0)
    }
}
