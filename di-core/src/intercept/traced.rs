use di_macros::Component;
use tracing::field::Empty;
use tracing::{Instrument, Level, Span};

use super::{Call, Ending, Interceptor, Next, NextSync};

/// Makes a span of `tracing` of each call: an interceptor.
///
/// The span `call` is at level `INFO`, of the target `di_core::call`, and has the `method`. Arguments may be long, and
/// private: it has the `arguments`, too, where that target is enabled at level `DEBUG`. An error is an event at level
/// `WARN` inside the span, as is a panic; a call that is dropped before it ends is one at level `DEBUG`.
#[derive(Clone, Copy, Debug, Component)]
pub struct Traced;

/// The target of spans and events.
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
