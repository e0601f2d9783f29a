//! A span of `tracing` for each constructor, with the feature `tracing`; without it, nothing.

use crate::Container;
use crate::component::BoxFuture;

#[cfg(feature = "tracing")]
fn span<C: Container>(node: usize) -> tracing::Span {
    let node = &C::GRAPH.nodes()[node];
    let (container, field, component) = (C::GRAPH.name(), node.name(), node.component());
    tracing::debug_span!(target: "di_core::build", "construct", container, field, component)
}

/// Calls a constructor in its span.
pub(super) fn entered<C: Container, R>(node: usize, call: impl FnOnce() -> R) -> R {
    #[cfg(feature = "tracing")]
    return span::<C>(node).in_scope(call);
    #[cfg(not(feature = "tracing"))]
    {
        _ = node;
        call()
    }
}

/// The future of an async constructor, in its span.
pub(super) fn instrumented<C: Container, T: 'static>(node: usize, future: BoxFuture<T>) -> BoxFuture<T> {
    #[cfg(feature = "tracing")]
    return Box::pin(tracing::Instrument::instrument(future, span::<C>(node)));
    #[cfg(not(feature = "tracing"))]
    {
        _ = node;
        future
    }
}
