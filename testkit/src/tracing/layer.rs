//! The layer that adds `tracing` events to timelines.

use std::fmt::{Debug, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::sim::Sim;

/// A `tracing` layer that adds events to the timeline of a failure. Its cost is negligible in unrecorded schedules;
/// only the run shown in the failure report is recorded.
///
/// ```
/// use testkit::{Explorer, TimelineLayer};
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry().with(TimelineLayer).init();
/// let outcome = Explorer::new().schedules(1).timeline(true).run(|sim| async move {
///     tracing::warn!(attempts = 3, "the disk is full");
///     assert!(sim.tasks().is_empty());
/// });
/// let timeline = outcome.failure().unwrap().timeline().unwrap().to_html();
/// assert!(timeline.contains("the disk is full attempts=3"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TimelineLayer;

impl<S: Subscriber> Layer<S> for TimelineLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(sim) = Sim::try_current() else { return };
        sim.record_event(event.metadata().level().as_str(), || {
            let mut text = Text::default();
            event.record(&mut text);
            text.message + &text.fields
        });
    }
}

/// The message of an event, and its fields.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::prelude::*;

    use super::*;
    use crate::Explorer;

    #[test]
    fn an_event_appears_in_the_timeline_of_its_task() {
        let subscriber = tracing::Dispatch::new(tracing_subscriber::registry().with(TimelineLayer));
        let outcome = Explorer::new().schedules(1).timeline(true).run(move |sim| {
            let subscriber = subscriber.clone();
            async move {
                let host = async move {
                    tracing::dispatcher::with_default(&subscriber, || tracing::warn!(attempts = 3, "is full"));
                };
                sim.spawn("host", host).await.unwrap();
                assert_eq!(1, 2);
            }
        });
        let page = outcome.failure().unwrap().timeline().unwrap().to_html();
        assert!(page.contains(r#"[2,0,0,1,"WARN",null,"is full attempts=3"]"#));
    }
}
