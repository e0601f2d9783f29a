//! `tracing` spans for calls.

use di_macros::Component;
use tracing::field::Empty;
use tracing::{Instrument, Level, Span};

use super::{Call, Ending, Interceptor, Next, NextSync};

/// Interceptor that creates a `tracing` span for each call.
///
/// The span `call` has level `INFO`, target `di_core::call` and the field `method`. Because arguments may be long or
/// private, the field `arguments` is recorded only if the target is enabled at level `DEBUG`. An error or a panic is an
/// event at level `WARN` inside the span; a dropped call is one at level `DEBUG`.
#[derive(Clone, Copy, Debug, Component)]
pub struct Traced;

/// The target of spans and events.
const TARGET: &str = "di_core::call";

impl Interceptor for Traced {
    async fn around<N: Next>(&self, next: N) -> N::Output {
        let span = span(&next.call());
        next.watch(record_end).instrument(span).await
    }

    fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
        let span = span(&next.call());
        span.in_scope(|| next.watch(record_end))
    }
}

fn span(call: &Call<'_>) -> Span {
    let span = tracing::info_span!(target: TARGET, "call", method = %call.method(), arguments = Empty);
    if tracing::enabled!(target: TARGET, Level::DEBUG) {
        span.record("arguments", tracing::field::display(call.arguments()));
    }
    span
}

fn record_end(ending: &Ending<'_>) {
    match ending {
        Ending::Returned => {}
        Ending::Failed(error) => tracing::warn!(target: TARGET, %error, "failed"),
        Ending::Panicked => tracing::warn!(target: TARGET, "panicked"),
        Ending::Dropped => tracing::debug!(target: TARGET, "dropped before it ended"),
    }
}
