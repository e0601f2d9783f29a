use std::future::Future;
use std::sync::Arc;

use super::{Call, Capability, Ending, Method, Next, NextSync};

/// Code that runs around each call of a component.
///
/// [`Intercepted`](super::Intercepted) adds an interceptor to a component. To observe calls, implement
/// [`before`](Interceptor::before) and [`after`](Interceptor::after). They work for sync and async methods.
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
/// /// Counts calls. It is a component: its dependencies are injected.
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
/// To decide whether, when and how often a call is made, implement [`around`](Interceptor::around) for async methods,
/// and [`around_sync`](Interceptor::around_sync) for sync methods.
///
/// ```
/// use di_core::intercept::{Interceptor, Next};
/// # use tokio::sync::Semaphore;
///
/// /// Limits the number of concurrent calls.
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
/// Interceptors use static dispatch. A call costs only the work of the interceptor and, for an async method, the boxed
/// future that the trait's method returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an interceptor",
    label = "not an interceptor",
    note = "implement `di_core::intercept::Interceptor` for `{Self}`"
)]
pub trait Interceptor: Send + Sync + 'static {
    /// Capability that a method needs for this interceptor to have an effect on it. Around a trait without such a
    /// method, the interceptor is a compile error.
    const REQUIRES: Option<Capability> = None;

    /// Called at the start of a call. An async call starts with its first poll.
    fn before(&self, call: &Call<'_>) {
        _ = call;
    }

    /// Called once for each `before`, at the end of the call: when it returns, is dropped, or panics. The arguments no
    /// longer exist.
    fn after(&self, method: &'static Method, ending: &Ending<'_>) {
        _ = (method, ending);
    }

    /// Makes a call of an async method.
    ///
    /// By default, this runs `before`, the call, and `after`. An implementation has to call `before` and `after` itself
    /// if it uses them.
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

/// Shared interceptor, which a test can inspect afterwards.
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
