use std::future::Future;
use std::sync::Arc;

use super::{Call, Capability, Ending, Method, Next, NextSync};

/// Stands between a component and those who call it: [`Intercepted`](super::Intercepted) has it see each call.
///
/// One that only looks on implements [`before`](Interceptor::before) and [`after`](Interceptor::after), and need not
/// care which methods are async.
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
/// /// Counts calls. It is a component: what it needs is injected.
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
/// One that decides whether, when and how often a call is made implements [`around`](Interceptor::around), and
/// [`around_sync`](Interceptor::around_sync) for the methods that are not async.
///
/// ```
/// use di_core::intercept::{Interceptor, Next};
/// # use tokio::sync::Semaphore;
///
/// /// So many calls at once, and no more.
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
/// All is static dispatch: a call costs no more than what the interceptor does, and, if it is async, the box of the
/// future that the trait's method returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an interceptor",
    label = "not an interceptor",
    note = "implement `di_core::intercept::Interceptor` for `{Self}`"
)]
pub trait Interceptor: Send + Sync + 'static {
    /// What a method must be capable of for this to have an effect on it. Around a trait where no method is, it is a
    /// compile error.
    const REQUIRES: Option<Capability> = None;

    /// A call begins. An async one does when it is first polled.
    fn before(&self, call: &Call<'_>) {
        _ = call;
    }

    /// A call has ended, by returning, by being dropped halfway, or by a panic: once for each `before`. Its arguments
    /// went with it.
    fn after(&self, method: &'static Method, ending: &Ending<'_>) {
        _ = (method, ending);
    }

    /// A call of an async method. Without an implementation, it is `before`, the call, and `after`; whoever implements
    /// it calls those two if they are to be.
    fn around<N: Next>(&self, next: N) -> impl Future<Output = N::Output> + Send {
        async move {
            self.before(&next.call());
            let method = next.method();
            next.watch(|ending| self.after(method, ending)).await
        }
    }

    /// A call of a method that is not async. See [`around`](Interceptor::around).
    fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
        self.before(&next.call());
        let method = next.method();
        next.watch(|ending| self.after(method, ending))
    }
}

/// One that others hold, too: in a test, to ask it afterwards.
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
