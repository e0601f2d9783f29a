use tracing::field::Empty;
use tracing::{Instrument, Level, Span};

use super::{Call, Ending, Interceptor, Next, NextSync};
use crate::Component;

/// Interceptor that creates a `tracing` span for each call.
///
/// The span `call` has the level `INFO`, the target `di_core::call`, and the field `method`. Arguments can be long or
/// private. The span has the field `arguments` only if the target is enabled at level `DEBUG`.
///
/// Events in the span report how a call ended: an error or a panic at level `WARN`, and a call that is dropped before
/// it ends at level `DEBUG`.
#[derive(Clone, Copy, Debug, Component)]
pub struct Traced;

/// Target of the spans and events.
const TARGET: &str = "di_core::call";

impl Interceptor for Traced {
    async fn around<N: Next>(&self, next: N) -> N::Output {
        let span = span(&next.call());
        next.watch(tell).instrument(span).await
    }

    fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
        let span = span(&next.call());
        span.in_scope(|| next.watch(tell))
    }
}

fn span(call: &Call<'_>) -> Span {
    let span = tracing::info_span!(target: TARGET, "call", method = %call.method(), arguments = Empty);
    if tracing::enabled!(target: TARGET, Level::DEBUG) {
        span.record("arguments", tracing::field::display(call.arguments()));
    }
    span
}

fn tell(ending: &Ending<'_>) {
    match ending {
        Ending::Returned => {}
        Ending::Failed(error) => tracing::warn!(target: TARGET, %error, "failed"),
        Ending::Panicked => tracing::warn!(target: TARGET, "panicked"),
        Ending::Dropped => tracing::debug!(target: TARGET, "dropped before it ended"),
    }
}
