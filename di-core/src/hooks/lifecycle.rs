use std::sync::Arc;
use std::time::Duration;

use super::{Hook, Shutdown};
use crate::internal::{BoxError, BoxFuture};

/// The hooks of a component, as `#[component]` finds them on its methods.
///
/// Each is there or not; a component without any does not implement this.
pub trait Lifecycle: Send + Sync + 'static {
    /// `#[start]`: called once all that the component depends on has started.
    fn start(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        None
    }

    /// `#[run]`: a task that runs from when all has started until shutdown is requested, or until it is done.
    fn run(self: Arc<Self>, shutdown: Shutdown) -> Option<BoxFuture<Result<(), BoxError>>> {
        _ = shutdown;
        None
    }

    /// `#[stop]`: called once all that depends on the component has stopped, and its own `#[run]` task has ended.
    fn stop(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        None
    }

    /// How long a hook may take, if it says so: `#[stop(timeout = "5s")]`.
    fn timeout(&self, hook: Hook) -> Option<Duration> {
        _ = hook;
        None
    }
}
