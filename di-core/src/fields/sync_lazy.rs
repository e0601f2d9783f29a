//! Fields that construct their component on first use, without awaiting.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use super::CreateError;
use crate::component::IntoConstructed;
use crate::internal::lock;

/// A [`Lazy`](crate::Lazy) with a sync constructor and a sync `get`: `#[lazy(Index)] index: SyncLazy<Index>`.
///
/// Only one thread at a time calls the constructor, and others wait for it. If the constructor fails or panics, the next
/// caller tries again.
///
/// ```
/// use std::sync::Arc;
/// use di_core::{component, Container, SyncLazy};
///
/// pub struct Index { words: Vec<String> }
///
/// #[component]
/// impl Index {
///     pub fn new(text: &str) -> Self {
///         Index { words: text.split(' ').map(str::to_owned).collect() }
///     }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     text: Arc<str>,
///     #[lazy(Index)]
///     index: SyncLazy<Index>,
/// }
///
/// let app = App::builder("to be or not to be").build_sync()?;
/// assert!(app.index.get_if_ready().is_none());
/// assert_eq!(app.index.get()?.words.len(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SyncLazy<T: ?Sized>(Arc<Inner<T>>);

struct Inner<T: ?Sized> {
    value: OnceLock<Arc<T>>,
    /// Locked while the constructor is called.
    making: Mutex<()>,
    make: Make<T>,
}

type Make<T> = Box<dyn Fn() -> Result<Arc<T>, CreateError> + Send + Sync>;

impl<T: ?Sized> SyncLazy<T> {
    pub(crate) fn with(make: Make<T>) -> Self {
        SyncLazy(Arc::new(Inner { value: OnceLock::new(), making: Mutex::new(()), make }))
    }

    /// Creates a lazy value that is already constructed, for an override.
    pub fn ready(value: Arc<T>) -> Self {
        let lazy = SyncLazy::with(Box::new(|| unreachable!("the value of this `SyncLazy` was set from the start")));
        _ = lazy.0.value.set(value);
        lazy
    }

    /// Creates a lazy value from a function, for example for an override that fails.
    pub fn new<O: IntoConstructed<Arc<T>>>(make: impl Fn() -> O + Send + Sync + 'static) -> Self {
        SyncLazy::with(Box::new(move || make().into_result().map_err(CreateError::by_hand)))
    }

    /// Returns the component. The first call constructs it.
    ///
    /// # Errors
    /// Returns a [`CreateError`] with the constructor's error if the constructor fails.
    ///
    /// # Panics
    /// Panics if the constructor panics.
    pub fn get(&self) -> Result<Arc<T>, CreateError> {
        if let Some(value) = self.0.value.get() {
            return Ok(value.clone());
        }
        let _making = lock(&self.0.making);
        match self.0.value.get() {
            Some(value) => Ok(value.clone()),
            None => (self.0.make)().map(|value| self.0.value.get_or_init(|| value).clone()),
        }
    }

    /// Returns the component, if it has been constructed.
    pub fn get_if_ready(&self) -> Option<Arc<T>> {
        self.0.value.get().cloned()
    }
}

impl<T: ?Sized> Clone for SyncLazy<T> {
    fn clone(&self) -> Self {
        SyncLazy(self.0.clone())
    }
}

impl<T: ?Sized> fmt::Debug for SyncLazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncLazy").field("is_there", &self.0.value.get().is_some()).finish()
    }
}
