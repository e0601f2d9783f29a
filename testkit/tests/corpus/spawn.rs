//! Spawns the corpus's tasks under testkit.

use std::future::Future;

use di_core::task::JoinHandle;
use testkit::Sim;

/// Spawns one of a component's tasks.
#[track_caller]
pub(crate) fn spawn<T: Send + 'static>(
    name: &'static str,
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    Sim::current().spawn(name, task)
}
