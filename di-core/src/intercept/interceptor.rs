//! The trait to implement for a custom interceptor.

use std::future::Future;
use std::sync::Arc;

use super::{Call, Capability, Ending, Method, Next, NextSync};

/// Wraps the calls of a component. [`Intercepted`](super::Intercepted) passes each call to it.
///
/// An interceptor that only observes implements [`before`](Interceptor::before) and [`after`](Interceptor::after). It
/// does not need to distinguish async methods from sync ones.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use di_core::intercept::{Ending, Interceptor, Method};
/// use di_core::{Component, Container, Intercepted};
///
/// #[di_core::intercept]
/// pub trait Store: Send + Sync {
///     fn get(&self, key: &str) -> Option<String>;
/// }
///
/// /// Counts calls. It is a component, so its dependencies are injected.
/// #[derive(Component)]
/// pub struct Counted { counter: Arc<AtomicUsize> }
///
/// impl Interceptor for Counted {
///     fn after(&self, _method: &'static Method, ending: &Ending<'_>) {
///         if matches!(ending, Ending::Returned) {
///             self.counter.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// #[derive(Component)]
/// pub struct Empty;
/// impl Store for Empty {
///     fn get(&self, _key: &str) -> Option<String> { None }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     counter: Arc<AtomicUsize>,
///     #[component(Empty)]
///     #[decorate(Intercepted<dyn Store, Counted>)]
///     store: Arc<dyn Store>,
/// }
///
/// let app = App::builder(AtomicUsize::new(0)).build_sync()?;
/// app.store.get("a");
/// assert_eq!(app.counter.load(Ordering::Relaxed), 1);
/// # Ok::<(), di_core::BuildError>(())
/// ```
///
/// An interceptor that decides whether, when and how often a call is made implements [`around`](Interceptor::around),
/// and [`around_sync`](Interceptor::around_sync) for sync methods.
///
/// ```
/// use di_core::intercept::{Interceptor, Next};
/// # use tokio::sync::Semaphore;
///
/// /// Limits concurrent calls.
/// pub struct Bulkhead { permits: Semaphore }
///
/// impl Interceptor for Bulkhead {
///     async fn around<N: Next>(&self, next: N) -> N::Output {
///         let _permit = self.permits.acquire().await;
///         next.run().await
///     }
/// }
/// ```
///
/// Dispatch is static. A call costs only the work of the interceptor and, for an async method, the box of the future
/// that the trait's method returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an interceptor",
    label = "not an interceptor",
    note = "implement `di_core::intercept::Interceptor` for `{Self}`"
)]
pub trait Interceptor: Send + Sync + 'static {
    /// The capability that a method needs for this interceptor to have an effect. Around a trait without such a method,
    /// the interceptor does not compile.
    const REQUIRES: Option<Capability> = None;

    /// Called when a call begins. An async call begins when it is first polled.
    fn before(&self, call: &Call<'_>) {
        _ = call;
    }

    /// Called when a call has ended: it returned, panicked, or was dropped. It is called once for each `before`. The
    /// arguments are no longer available.
    fn after(&self, method: &'static Method, ending: &Ending<'_>) {
        _ = (method, ending);
    }

    /// Makes a call of an async method. The default calls `before`, makes the call, and calls `after`. An
    /// implementation must call those two itself if it needs them.
    fn around<N: Next>(&self, next: N) -> impl Future<Output = N::Output> + Send {
        async move {
            self.before(&next.call());
            let method = next.method();
            next.watch(|ending| self.after(method, ending)).await
        }
    }

    /// Makes a call of a sync method. See [`around`](Interceptor::around).
    fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
        self.before(&next.call());
        let method = next.method();
        next.watch(|ending| self.after(method, ending))
    }
}

/// Shares an interceptor, for example to inspect it in a test.
impl<I: Interceptor> Interceptor for Arc<I> {
    const REQUIRES: Option<Capability> = I::REQUIRES;

    fn before(&self, call: &Call<'_>) {
        I::before(self, call);
    }

    fn after(&self, method: &'static Method, ending: &Ending<'_>) {
        I::after(self, method, ending);
    }

    fn around<N: Next>(&self, next: N) -> impl Future<Output = N::Output> + Send {
        I::around(self, next)
    }

    fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
        I::around_sync(self, next)
    }
}
