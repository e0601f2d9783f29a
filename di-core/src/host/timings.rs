//! Collection of the times of `#[start]` hooks, for the report of a start.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::started_component::StartedComponent;
use crate::construct::HookTiming;
use crate::internal::lock;

/// Records the times of hooks. Clones share one list; `None` to record nothing.
#[derive(Clone, Default)]
pub(super) struct HookTimings(Option<Arc<Recorded>>);

struct Recorded {
    begun: Instant,
    timings: Mutex<Vec<HookTiming>>,
}

/// The hook that a component waited for last, as an index of the list.
pub(super) type Waited = Option<usize>;

impl HookTimings {
    /// Creates a list of times that count from `begun`.
    pub(super) fn since(begun: Instant) -> Self {
        HookTimings(Some(Arc::new(Recorded { begun, timings: Mutex::default() })))
    }

    /// Records the call of a component's `#[start]` hook, if it has one. Returns its index.
    pub(super) fn begin(&self, component: &StartedComponent, after: Waited) -> Waited {
        let recorded = self.0.as_ref().filter(|_| component.has_start())?;
        let (container, node) = (component.container(), component.node());
        let start = recorded.begun.elapsed();
        let mut timings = lock(&recorded.timings);
        timings.push(HookTiming { container, node, start, duration: Duration::ZERO, after });
        Some(timings.len() - 1)
    }

    /// Records the end of a hook. Returns the hook that the component's dependents waited for: this one, or `before`, if
    /// the component has none.
    pub(super) fn end(&self, hook: Waited, before: Waited) -> Waited {
        let (Some(recorded), Some(index)) = (&self.0, hook) else { return before };
        let timing = &mut lock(&recorded.timings)[index];
        timing.duration = recorded.begun.elapsed().saturating_sub(timing.start);
        hook
    }

    pub(super) fn take(&self) -> Vec<HookTiming> {
        self.0.as_ref().map(|recorded| std::mem::take(&mut *lock(&recorded.timings))).unwrap_or_default()
    }
}
