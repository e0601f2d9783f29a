//! A container that ends with success or failure.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

use super::ending::{Ended, Ending};
use super::scope_error::ScopeError;
use crate::construct::{Abandoned, Build, BuildContext, BuiltContainer};
use crate::container::Container;
use crate::hooks::{HostOptions, ModuleHooks};

/// A container that ends with success or failure, such as one for each request, with a transaction.
///
/// Components mark methods with `#[commit]` and `#[rollback]`. `App::builder(..).scoped(work)` builds the scope, calls
/// `work`, and then commits or rolls back. `App::builder(..).open()` returns the scope, for code that does not fit in one
/// function: call [`commit`](Scope::commit) or [`rollback`](Scope::rollback).
///
/// - A commit calls the `#[commit]` hooks one after the other, each after those of the component's dependents. If one
///   fails, the `#[rollback]` hooks of all components that are not committed are called, also that of the failed one.
/// - A rollback calls all `#[rollback]` hooks in the same order.
/// - If the scope is dropped, for example because the request is cancelled or panics, it is rolled back in a task in the
///   background. The same holds if the build fails or is dropped: what was built is rolled back.
/// - A commit or rollback that has begun is completed, even if its future is dropped.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use std::sync::Arc;
/// use di_core::{component, BoxError, Container};
///
/// #[derive(Default)]
/// pub struct Log { committed: AtomicUsize, rolled_back: AtomicUsize }
///
/// pub struct Transaction { log: Arc<Log> }
///
/// #[component]
/// impl Transaction {
///     pub async fn new(log: Arc<Log>) -> Self {
///         Transaction { log }
///     }
///
///     #[commit]
///     async fn commit(&self) {
///         self.log.committed.fetch_add(1, Ordering::Relaxed);
///     }
///
///     #[rollback]
///     async fn roll_back(&self) {
///         self.log.rolled_back.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// #[derive(Container)]
/// pub struct Request {
///     #[input]
///     log: Arc<Log>,
///     #[component]
///     transaction: Arc<Transaction>,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let log = Arc::new(Log::default());
/// let users: usize = Request::builder(log.clone()).scoped(async |_request| Ok::<_, BoxError>(5)).await?;
/// assert_eq!((users, log.committed.load(Ordering::Relaxed)), (5, 1));
///
/// let failed = Request::builder(log.clone()).scoped(async |_request| Err::<(), BoxError>("no such user".into())).await;
/// assert_eq!(failed.unwrap_err().to_string(), "no such user");
/// assert_eq!(log.rolled_back.load(Ordering::Relaxed), 1);
/// # Ok::<(), BoxError>(())
/// # })?;
/// # Ok::<(), BoxError>(())
/// ```
#[must_use = "a scope that is dropped is rolled back"]
pub struct Scope<C: Container> {
    container: Arc<C>,
    ending: Ending,
}

impl<C: Container> Scope<C> {
    #[doc(hidden)]
    pub async fn open(fields: Box<C::Fields>, options: HostOptions) -> Result<Self, ScopeError> {
        let mut unfinished = Unfinished { abandoned: Abandoned::recorded(), container: C::GRAPH.name(), options };
        let context = BuildContext { abandoned: unfinished.abandoned.clone(), ..BuildContext::default() };
        match Build::<C>::new(fields).in_context(context, false).await {
            Ok((BuiltContainer { container, hooks }, _)) => {
                let ending =
                    Ending::new(C::GRAPH.name(), vec![ModuleHooks { graph: C::GRAPH, hooks }], &unfinished.options);
                Ok(Scope { container: Arc::new(container), ending })
            }
            Err(error) => {
                let Ended { failures, committed } = unfinished.ending().roll_back().await;
                Err(ScopeError { container: C::GRAPH.name(), build: Some(error), failures, committed })
            }
        }
    }

    /// Returns the shared container.
    pub fn container(&self) -> &Arc<C> {
        &self.container
    }

    /// Calls `work` with the container, and commits if it returns `Ok`. Rolls back if `work` fails or panics, or if the
    /// returned future is dropped.
    ///
    /// If a rollback fails as well, that failure is logged, and the error of `work` is returned.
    ///
    /// # Errors
    /// Returns the error of `work`, or a [`ScopeError`] if a `#[commit]` hook fails.
    ///
    /// # Panics
    /// Panics if `work` panics.
    pub async fn run<T, E, F>(self, work: impl FnOnce(Arc<C>) -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: From<ScopeError>,
    {
        match work(self.container.clone()).await {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // The failure is logged, and the caller needs to know why the work failed.
                _ = self.rollback().await;
                Err(error)
            }
        }
    }

    /// Ends the scope with success: calls the `#[commit]` hooks.
    ///
    /// # Errors
    /// Returns an error if a hook fails, panics or exceeds its timeout. The components that are not committed are then
    /// rolled back.
    pub async fn commit(self) -> Result<(), ScopeError> {
        result::<C>(self.ending.commit().await)
    }

    /// Ends the scope with failure: calls the `#[rollback]` hooks.
    ///
    /// # Errors
    /// Returns an error if a hook fails, panics or exceeds its timeout. The other hooks are called in any case.
    pub async fn rollback(self) -> Result<(), ScopeError> {
        result::<C>(self.ending.roll_back().await)
    }
}

fn result<C: Container>(Ended { failures, committed }: Ended) -> Result<(), ScopeError> {
    if failures.is_empty() {
        return Ok(());
    }
    Err(ScopeError { container: C::GRAPH.name(), build: None, failures, committed })
}

impl<C: Container> Deref for Scope<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.container
    }
}

impl<C: Container> fmt::Debug for Scope<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&C::GRAPH.name()).finish()
    }
}

/// A build in progress. If it is dropped, the components that were built are rolled back in the background.
struct Unfinished {
    abandoned: Abandoned,
    container: &'static str,
    options: HostOptions,
}

impl Unfinished {
    /// The end of the components that were built before the build failed.
    fn ending(&mut self) -> Ending {
        Ending::new(self.container, self.abandoned.take(), &self.options)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        drop(self.ending());
    }
}
