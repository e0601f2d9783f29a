//! The trait through which a host or a scope calls the hooks of any component.

use std::sync::Arc;
use std::time::Duration;

use super::{Hook, Readiness, Shutdown};
use crate::internal::{BoxError, BoxFuture};

/// The hooks of a component. `#[component]` implements this from its methods.
///
/// Each hook is optional. A component without any does not implement this trait.
pub trait Lifecycle: Send + Sync + 'static {
    /// Returns the `#[start]` hook. It is called after the `#[start]` hooks of all dependencies.
    fn start(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        None
    }

    /// Returns the `#[run]` task. It starts after all components have started. After shutdown is requested, it must
    /// return within its timeout.
    fn run(self: Arc<Self>, shutdown: Shutdown) -> Option<BoxFuture<Result<(), BoxError>>> {
        _ = shutdown;
        None
    }

    /// Returns the `#[stop]` hook. It is called after all dependents have stopped and the component's own `#[run]` task
    /// has ended.
    fn stop(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        None
    }

    /// Returns the `#[commit]` hook. It is called when a scope ends with success, after those of all dependents.
    fn commit(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        None
    }

    /// Returns the `#[rollback]` hook. It is called when a scope ends with a failure, after those of all dependents.
    fn rollback(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        None
    }

    /// Returns whether the component has a hook; by default, it has all but those of a scope. A host divides the time for
    /// its stop among the hooks that exist.
    fn has(&self, hook: Hook) -> bool {
        !matches!(hook, Hook::Commit | Hook::Rollback)
    }

    /// Returns whether the `#[run]` task must not end before shutdown is requested: `#[run(forever)]`.
    fn runs_forever(&self) -> bool {
        false
    }

    /// Called when the host starts, when it becomes ready, and when it is no longer ready.
    fn set_readiness(&self, readiness: Readiness) {
        _ = readiness;
    }

    /// Returns the timeout of a hook, if it has its own: `#[stop(timeout = "5s")]`.
    fn timeout(&self, hook: Hook) -> Option<Duration> {
        _ = hook;
        None
    }
}
