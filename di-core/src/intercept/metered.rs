//! The interceptor that feeds `CallMetrics`.

use std::sync::Arc;
use std::time::Instant;

use di_macros::component;

use super::call_metrics::Counters;
use super::{CallMetrics, Ending, Interceptor, Method, Next, NextSync};
use crate::ambient::Clock;

/// Interceptor that counts and times calls, for [`CallMetrics`].
///
/// The container needs an `Arc<CallMetrics>` and an `Arc<dyn Clock>`.
///
/// ```
/// # use std::sync::Arc;
/// # use di_core::ambient::{Ambient, Clock};
/// # use di_core::intercept::{CallMetrics, Metered};
/// # use di_core::{Component, Container, Intercepted};
/// # #[di_core::intercept]
/// # pub trait Store: Send + Sync { fn len(&self) -> Result<usize, std::io::Error>; }
/// # #[derive(Component)]
/// # pub struct Memory;
/// # impl Store for Memory { fn len(&self) -> Result<usize, std::io::Error> { Ok(3) } }
/// #[derive(Container)]
/// struct App {
///     # #[module]
///     # ambient: Ambient,
///     # #[import(ambient)]
///     # clock: Arc<dyn Clock>,
///     #[component]
///     metrics: Arc<CallMetrics>,
///     #[component(Memory)]
///     #[decorate(Intercepted<dyn Store, Metered>)]
///     store: Arc<dyn Store>,
///     // ..
/// }
///
/// let app = App::builder().build_sync()?;
/// app.store.len()?;
/// for method in app.metrics.snapshot() {
///     assert_eq!((method.trait_name, method.method, method.succeeded), ("Store", "len", 1));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Metered {
    metrics: Arc<CallMetrics>,
    clock: Arc<dyn Clock>,
}

#[component]
impl Metered {
    /// Creates an interceptor that counts in `metrics`, and times with `clock`.
    pub fn new(metrics: Arc<CallMetrics>, clock: Arc<dyn Clock>) -> Self {
        Metered { metrics, clock }
    }

    fn begin(&self, method: &'static Method) -> CallInProgress<'_> {
        CallInProgress { counters: self.metrics.begin(method), clock: &*self.clock, begun: self.clock.now() }
    }
}

impl Interceptor for Metered {
    async fn around<N: Next>(&self, next: N) -> N::Output {
        let call = self.begin(next.method());
        next.watch(|ending| call.end(ending)).await
    }

    fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
        let call = self.begin(next.method());
        next.watch(|ending| call.end(ending))
    }
}

/// A call in progress.
struct CallInProgress<'a> {
    counters: Arc<Counters>,
    clock: &'a dyn Clock,
    begun: Instant,
}

impl CallInProgress<'_> {
    fn end(self, ending: &Ending<'_>) {
        self.counters.end(ending, self.clock.now().saturating_duration_since(self.begun));
    }
}
