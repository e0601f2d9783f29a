//! A `tracing` span for each constructor, with the feature `tracing`.

use crate::graph::Graph;
use crate::internal::BoxFuture;

#[cfg(feature = "tracing")]
fn span(graph: &Graph, node: usize) -> tracing::Span {
    let (container, node) = (graph.name(), &graph.nodes()[node]);
    let (field, component) = (node.name(), node.component());
    tracing::debug_span!(target: "di_core::build", "construct", container, field, component)
}

/// Calls a constructor in its span.
pub(super) fn entered<R>(graph: &Graph, node: usize, call: impl FnOnce() -> R) -> R {
    #[cfg(feature = "tracing")]
    return span(graph, node).in_scope(call);
    #[cfg(not(feature = "tracing"))]
    {
        _ = (graph, node);
        call()
    }
}

/// Puts the future of an async constructor in its span.
pub(super) fn instrumented<T: 'static>(graph: &Graph, node: usize, future: BoxFuture<T>) -> BoxFuture<T> {
    #[cfg(feature = "tracing")]
    return Box::pin(tracing::Instrument::instrument(future, span(graph, node)));
    #[cfg(not(feature = "tracing"))]
    {
        _ = (graph, node);
        future
    }
}

/// Logs that a container with hooks was built, and neither started nor opened.
pub(super) fn hooks_not_called(graph: &Graph) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        target: "di_core::build",
        container = graph.name(),
        "built, and neither started nor opened: its hooks, such as `#[start]` or `#[commit]`, are not called"
    );
    #[cfg(not(feature = "tracing"))]
    {
        _ = graph;
    }
}
