//! Components that wrap the value of a field.

use std::future::ready;
use std::sync::Arc;

use crate::container::generated::{Phase, Step, into_arc, unwrap_built};
use crate::container::{Container, is_async};
use crate::graph::Constructor;
use crate::internal::{BoxError, BoxFuture};

/// A component that wraps a field of type `I`. Its constructor takes the wrapped value as `#[inner] I`.
///
/// `#[component]` implements this instead of [`Component`](crate::Component) if a parameter is marked `#[inner]`.
///
/// ```
/// use std::sync::Arc;
/// use di_core::{component, Component, Container};
///
/// pub trait Greet: Send + Sync {
///     fn greet(&self) -> String;
/// }
///
/// #[derive(Component)]
/// pub struct Hello;
/// impl Greet for Hello {
///     fn greet(&self) -> String { "hello".into() }
/// }
///
/// pub struct Loud { inner: Arc<dyn Greet> }
///
/// #[component]
/// impl Loud {
///     pub fn new(#[inner] inner: Arc<dyn Greet>) -> Self {
///         Loud { inner }
///     }
/// }
/// impl Greet for Loud {
///     fn greet(&self) -> String { self.inner.greet().to_uppercase() }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[component(Hello)] #[decorate(Loud)]
///     greet: Arc<dyn Greet>,
/// }
///
/// assert_eq!(App::builder().build_sync()?.greet.greet(), "HELLO");
/// # Ok::<(), di_core::BuildError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not decorate a field of type `{I}`",
    label = "not a decorator of `{I}`",
    note = "the constructor of a decorator takes the decorated value: `#[inner] inner: {I}`"
)]
pub trait Decorator<C: Container, I>: Sized + Send + Sync + 'static {
    /// Dependencies of the constructor in `C`, excluding the decorated value, and whether the constructor is
    /// async.
    const CONSTRUCTOR: Constructor;

    /// Calls a sync constructor with `inner`, and with dependencies from `fields`.
    ///
    /// # Panics
    /// Panics if a dependency is not built yet, or if the constructor is async.
    fn decorate(fields: &C::Fields, inner: I) -> Result<Self, BoxError> {
        _ = (fields, inner);
        is_async()
    }

    /// Calls the constructor, sync or async, with `inner`, and with dependencies from `fields`.
    ///
    /// # Panics
    /// Panics if a dependency is not built yet.
    fn decorate_async(fields: &C::Fields, inner: I) -> BoxFuture<Result<Self, BoxError>> {
        Box::pin(ready(Self::decorate(fields, inner)))
    }

    /// Builds the decorator for a field that holds it by value. `inner` is `Some` in [`Phase::Construct`].
    #[doc(hidden)]
    fn build(fields: &mut C::Fields, inner: Option<I>, phase: Phase) -> Step<Self> {
        _ = phase;
        Step::of(Self::decorate(fields, unwrap_built(inner)))
    }

    /// Builds the decorator for a field that holds it in an [`Arc`].
    #[doc(hidden)]
    fn build_shared(fields: &mut C::Fields, inner: Option<I>, node: usize, phase: Phase) -> Step<Arc<Self>> {
        _ = node;
        into_arc(Self::build(fields, inner, phase))
    }
}
