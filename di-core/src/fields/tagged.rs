//! Distinct types for several fields of one type.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::component::{IntoBoxError, IntoProvided};
use crate::internal::BoxError;

/// A value with a distinct type, so that a container can have two fields of one type.
///
/// The tag is any type and is never constructed. A parameter takes the whole type, `Tagged<Replica, Arc<dyn Db>>`,
/// which dereferences to the value. In a call of `builder`, a tagged input converts from the plain value, unless another
/// input has the same type except for the tag. In that case it must be a `Tagged::new(value)`, so that the two cannot be
/// swapped.
///
/// ```
/// use std::sync::Arc;
/// use di_core::{component, Component, Container, Tagged};
///
/// pub trait Db: Send + Sync {
///     fn name(&self) -> &str;
/// }
///
/// #[derive(Component)]
/// pub struct Writer;
/// impl Db for Writer {
///     fn name(&self) -> &str { "writer" }
/// }
///
/// #[derive(Component)]
/// pub struct Reader;
/// impl Db for Reader {
///     fn name(&self) -> &str { "reader" }
/// }
///
/// /// The tag.
/// pub enum Replica {}
///
/// pub struct Report { text: String }
///
/// #[component]
/// impl Report {
///     pub fn new(db: Arc<dyn Db>, replica: Tagged<Replica, Arc<dyn Db>>) -> Self {
///         Report { text: format!("{} and {}", db.name(), replica.name()) }
///     }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[component(Writer)]
///     db: Arc<dyn Db>,
///     #[component(Reader)]
///     replica: Tagged<Replica, Arc<dyn Db>>,
///     #[component]
///     report: Arc<Report>,
/// }
///
/// assert_eq!(App::builder().build_sync()?.report.text, "writer and reader");
/// # Ok::<(), di_core::BuildError>(())
/// ```
pub struct Tagged<Tag: ?Sized, T>(T, PhantomData<fn() -> Tag>);

impl<Tag: ?Sized, T> Tagged<Tag, T> {
    /// Tags a value.
    pub const fn new(value: T) -> Self {
        Tagged(value, PhantomData)
    }

    /// Returns the value without its tag.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<Tag: ?Sized, T> Deref for Tagged<Tag, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<Tag: ?Sized, T: Clone> Clone for Tagged<Tag, T> {
    fn clone(&self) -> Self {
        Tagged::new(self.0.clone())
    }
}

impl<Tag: ?Sized, T> From<T> for Tagged<Tag, T> {
    fn from(value: T) -> Self {
        Tagged::new(value)
    }
}

impl<Tag: ?Sized, T: fmt::Debug> fmt::Debug for Tagged<Tag, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[diagnostic::do_not_recommend]
impl<Tag: ?Sized, T> IntoProvided<Tagged<Tag, T>> for T {
    fn into_provided(self) -> Result<Tagged<Tag, T>, BoxError> {
        Ok(Tagged::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl<Tag: ?Sized, T, E: IntoBoxError> IntoProvided<Tagged<Tag, T>> for Result<T, E> {
    fn into_provided(self) -> Result<Tagged<Tag, T>, BoxError> {
        self.map(Tagged::new).map_err(IntoBoxError::into_box)
    }
}

#[diagnostic::do_not_recommend]
impl<Tag: ?Sized, T> IntoProvided<Tagged<Tag, Arc<T>>> for T {
    fn into_provided(self) -> Result<Tagged<Tag, Arc<T>>, BoxError> {
        Ok(Tagged::new(Arc::new(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<Tag: ?Sized, T, E: IntoBoxError> IntoProvided<Tagged<Tag, Arc<T>>> for Result<T, E> {
    fn into_provided(self) -> Result<Tagged<Tag, Arc<T>>, BoxError> {
        self.map(|value| Tagged::new(Arc::new(value))).map_err(IntoBoxError::into_box)
    }
}
