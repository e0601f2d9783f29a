//! Spans and events of the lifecycle, with the feature `tracing`.

use super::error::{HookFailure, Unfinished};
use crate::construct::BuildError;
use crate::graph::Node;
use crate::hooks::Hook;
use crate::internal::BoxFuture;

/// Puts a hook in a span.
pub(super) fn instrumented<T: 'static>(
    container: &'static str,
    node: &'static Node,
    hook: Hook,
    future: BoxFuture<T>,
) -> BoxFuture<T> {
    #[cfg(feature = "tracing")]
    {
        let (field, component, hook) = (node.name(), node.component(), hook.name());
        let span = tracing::info_span!(target: "di_core::host", "hook", hook, container, field, component);
        Box::pin(tracing::Instrument::instrument(future, span))
    }
    #[cfg(not(feature = "tracing"))]
    {
        _ = (container, node, hook);
        future
    }
}

/// Logs a failure, with its error and the sources of that.
pub(super) fn failed(failure: &HookFailure) {
    #[cfg(feature = "tracing")]
    {
        use std::error::Error;
        let HookFailure { container, node, hook, .. } = failure;
        let error = failure.source().map(|error| crate::internal::ErrorChain(error).to_string());
        let (field, component, hook) = (node.name(), node.component(), hook.name());
        tracing::error!(target: "di_core::host", container, field, component, hook, error, "{failure}");
    }
    #[cfg(not(feature = "tracing"))]
    {
        _ = failure;
    }
}

/// Logs the failure of a build, with its sources. A warning, since the caller gets the error at once.
pub(super) fn build_failed(error: &BuildError) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "di_core::host", error = %crate::internal::ErrorChain(error), "the build failed");
    #[cfg(not(feature = "tracing"))]
    {
        _ = error;
    }
}

/// An event of a container as a whole.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "tracing"), allow(dead_code))]
pub(super) enum HostEvent {
    Starting,
    Started,
    /// The end was requested before everything had started.
    Interrupted,
    /// The end was requested.
    EndRequested,
    Draining,
    Stopping,
    Stopped,
    /// The future of the start was dropped outside of a runtime, so nothing can be stopped.
    StartLost,
    /// The host was dropped without being stopped.
    Dropped,
    /// A container with hooks of a service was opened as a scope.
    OpenedWithHostHooks,
    /// A container with hooks of a scope was started.
    StartedWithScopeHooks,
    /// A scope ended outside of a runtime, or its runtime ended.
    RollbackLost,
}

/// Logs an event of a container.
pub(super) fn event(container: &'static str, event: HostEvent) {
    #[cfg(feature = "tracing")]
    match event {
        HostEvent::Starting => tracing::info!(target: "di_core::host", container, "starting"),
        HostEvent::Started => tracing::info!(target: "di_core::host", container, "started"),
        HostEvent::Interrupted => tracing::warn!(target: "di_core::host", container, "the start was interrupted"),
        HostEvent::EndRequested => tracing::info!(target: "di_core::host", container, "the end was requested"),
        HostEvent::Draining => tracing::info!(target: "di_core::host", container, "not ready, draining"),
        HostEvent::Stopping => tracing::info!(target: "di_core::host", container, "stopping"),
        HostEvent::Stopped => tracing::info!(target: "di_core::host", container, "stopped"),
        HostEvent::StartLost => tracing::error!(
            target: "di_core::host",
            container,
            "the start was dropped outside of a runtime: what had started is not stopped"
        ),
        HostEvent::Dropped => tracing::warn!(
            target: "di_core::host",
            container,
            "the host was dropped without a stop: its `#[run]` tasks are aborted, and no `#[stop]` hook is called"
        ),
        HostEvent::OpenedWithHostHooks => tracing::warn!(
            target: "di_core::host",
            container,
            "opened as a scope: its `#[start]`, `#[run]` and `#[stop]` hooks are not called"
        ),
        HostEvent::StartedWithScopeHooks => tracing::warn!(
            target: "di_core::host",
            container,
            "started as a service: its `#[commit]` and `#[rollback]` hooks are not called"
        ),
        HostEvent::RollbackLost => tracing::error!(
            target: "di_core::host",
            container,
            "a scope was dropped outside of a runtime: its `#[rollback]` hooks are not called"
        ),
    }
    #[cfg(not(feature = "tracing"))]
    {
        _ = (container, event);
    }
}

/// Logs that the future of a start was dropped, and that the components that had started are stopped in the background.
pub(super) fn start_dropped(container: &'static str, unfinished: &[Unfinished]) {
    #[cfg(feature = "tracing")]
    {
        let unfinished: Vec<_> = unfinished.iter().map(Unfinished::to_string).collect();
        tracing::warn!(
            target: "di_core::host",
            container,
            unfinished = unfinished.join(", "),
            "the start was dropped before it was complete: stopping what had started"
        );
    }
    #[cfg(not(feature = "tracing"))]
    {
        _ = (container, unfinished);
    }
}
