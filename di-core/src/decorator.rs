use std::sync::Arc;

use crate::{BoxError, Construction, Container, Lifecycle};

/// A component that wraps a field of type `I`: its constructor takes what it wraps as `#[inner] I`.
///
/// `#[component]` writes this, in place of [`Component`](crate::Component), where a parameter is marked `#[inner]`.
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
    note = "the constructor of a decorator takes what it decorates: `#[inner] inner: {I}`"
)]
pub trait Decorator<C: Container, I>: Sized + Send + Sync + 'static {
    /// Indexes of the nodes of `C` that the constructor's other parameters come from, in their order.
    const DEPENDENCIES: &'static [usize];

    /// Whether the constructor is an `async fn`.
    const IS_ASYNC: bool;

    /// Calls the constructor, with `inner`, and the other parameters taken from `fields`.
    ///
    /// # Panics
    /// If a dependency is not there yet. The container calls it only when all are.
    fn decorate(fields: &C::Fields, inner: I) -> Construction<Result<Self, BoxError>>;

    /// Whether the component has `#[start]`, `#[run]` or `#[stop]` hooks.
    const HAS_HOOKS: bool = false;

    /// The component as its hooks see it, if it has any.
    fn hooks(this: Arc<Self>) -> Option<Arc<dyn Lifecycle>> {
        _ = this;
        None
    }
}
