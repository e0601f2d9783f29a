//! Fields that construct their component on first use.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex, OnceLock};

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};

use super::CreateError;
use crate::component::IntoConstructed;
use crate::internal::{BoxFuture, lock};

/// A component that is constructed on first use: `#[lazy(Reporter)] reports: Lazy<dyn Report>`.
///
/// The component's dependencies are built with the container; only its own constructor is deferred. Concurrent callers
/// of `get` share one call of the constructor: each of them drives it, so a caller that is not polled delays no other. If
/// the constructor fails, they get its error, and the next caller tries again. If all of them are cancelled, so is the
/// constructor, and the next caller starts over.
///
/// ```
/// use std::sync::Arc;
/// use di_core::{component, Container, Lazy};
///
/// pub struct Config { title: String }
///
/// pub trait Report: Send + Sync {
///     fn title(&self) -> &str;
/// }
///
/// pub struct Reporter { title: String }
///
/// #[component]
/// impl Reporter {
///     pub async fn new(config: &Config) -> Result<Self, std::io::Error> {
///         Ok(Reporter { title: config.title.clone() })
///     }
/// }
/// impl Report for Reporter {
///     fn title(&self) -> &str { &self.title }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     config: Arc<Config>,
///     #[lazy(Reporter)]
///     reports: Lazy<dyn Report>,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// // The constructor is async, but it is not called yet. So the container builds without awaiting.
/// let app = App::builder(Config { title: "Sales".into() }).build_sync()?;
/// let report: Arc<dyn Report> = app.reports.get().await?;
/// assert_eq!(report.title(), "Sales");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Lazy<T: ?Sized>(Arc<Inner<T>>);

struct Inner<T: ?Sized> {
    value: OnceLock<Arc<T>>,
    /// The call of the constructor in progress. The callers that wait for it own it.
    making: Mutex<Option<WeakShared<Making<T>>>>,
    make: Make<T>,
}

type Making<T> = BoxFuture<Made<T>>;

/// The result of a call of the constructor, for each caller that waits for it.
enum Made<T: ?Sized> {
    Done(Result<Arc<T>, CreateError>),
    /// The constructor panicked. The first caller takes the panic; the others try again.
    Panicked(Arc<Mutex<Option<Box<dyn Any + Send>>>>),
}

impl<T: ?Sized> Clone for Made<T> {
    fn clone(&self) -> Self {
        match self {
            Made::Done(result) => Made::Done(result.clone()),
            Made::Panicked(panic) => Made::Panicked(panic.clone()),
        }
    }
}

type Make<T> = Box<dyn Fn() -> BoxFuture<Result<Arc<T>, CreateError>> + Send + Sync>;

impl<T: ?Sized> Lazy<T> {
    pub(crate) fn with(make: Make<T>) -> Self {
        Lazy(Arc::new(Inner { value: OnceLock::new(), making: Mutex::new(None), make }))
    }

    /// Creates a lazy value that is already constructed, for an override.
    pub fn ready(value: Arc<T>) -> Self
    where
        T: Send + Sync + 'static,
    {
        let lazy = Lazy::with(Box::new(|| unreachable!("the value of this `Lazy` was set from the start")));
        _ = lazy.0.value.set(value);
        lazy
    }

    /// Creates a lazy value from a function, for example for an override that fails.
    pub fn new<F, O>(make: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        T: Send + Sync + 'static,
        F: Future<Output = O> + Send + 'static,
        O: IntoConstructed<Arc<T>>,
    {
        Lazy::with(Box::new(move || {
            let making = make();
            Box::pin(async move { making.await.into_result().map_err(CreateError::by_hand) })
        }))
    }

    /// Returns the component. The first call constructs it.
    ///
    /// # Errors
    /// Returns a [`CreateError`] with the constructor's error if the constructor fails.
    ///
    /// # Panics
    /// Panics if the constructor panics. Other callers that wait for it then call it again.
    pub async fn get(&self) -> Result<Arc<T>, CreateError>
    where
        T: Send + Sync + 'static,
    {
        loop {
            if let Some(value) = self.0.value.get() {
                return Ok(value.clone());
            }
            match self.making().await {
                Made::Done(result) => return result.map(|value| self.0.value.get_or_init(|| value).clone()),
                Made::Panicked(panic) => {
                    let panic = lock(&panic).take();
                    if let Some(panic) = panic {
                        resume_unwind(panic);
                    }
                }
            }
        }
    }

    /// Returns the call of the constructor in progress, or begins one.
    fn making(&self) -> Shared<Making<T>>
    where
        T: Send + Sync + 'static,
    {
        let mut current = lock(&self.0.making);
        let in_progress = current.as_ref().and_then(WeakShared::upgrade).filter(|making| making.peek().is_none());
        in_progress.unwrap_or_else(|| {
            let lazy = self.clone();
            let making = async move { (lazy.0.make)().await };
            let making = AssertUnwindSafe(making).catch_unwind().map(|result| match result {
                Ok(result) => Made::Done(result),
                Err(panic) => Made::Panicked(Arc::new(Mutex::new(Some(panic)))),
            });
            let making = (Box::pin(making) as Making<T>).shared();
            *current = making.downgrade();
            making
        })
    }

    /// Returns the component, if it has been constructed.
    pub fn get_if_ready(&self) -> Option<Arc<T>> {
        self.0.value.get().cloned()
    }
}

impl<T: ?Sized> Clone for Lazy<T> {
    fn clone(&self) -> Self {
        Lazy(self.0.clone())
    }
}

impl<T: ?Sized> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy").field("is_there", &self.0.value.get().is_some()).finish()
    }
}
