//! Traits of the types that a container can construct: components, decorators, providers, and components with
//! arguments.

mod assisted;
mod decorator;
pub(crate) mod generated;
mod into_box_error;
mod into_constructed;
mod into_hook_result;
mod into_provided;
mod provided_by;
mod provider;

use std::future::ready;
use std::sync::Arc;

use crate::container::generated::{NotReady, Phase, Step};
use crate::container::{Container, is_async};
use crate::graph::Constructor;
use crate::internal::{BoxError, BoxFuture};

pub use assisted::Assisted;
pub use decorator::Decorator;
pub use into_box_error::IntoBoxError;
pub use into_constructed::IntoConstructed;
pub use into_hook_result::IntoHookResult;
pub use into_provided::IntoProvided;
pub use provider::Provider;

/// A type that the container `C` can construct.
///
/// `#[component]` on an `impl` with a constructor implements this trait. `#[derive(Component)]` implements it for a
/// struct without a constructor. The implementation applies to every container that has a field for each of the
/// constructor's parameters. If a field is missing, the compiler names it.
///
/// ```
/// use std::sync::Arc;
/// use di_core::{component, Container};
///
/// pub struct Config { greeting: String }
///
/// pub struct Greeter { config: Arc<Config> }
///
/// #[component]
/// impl Greeter {
///     pub fn new(config: Arc<Config>) -> Self {
///         Greeter { config }
///     }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     config: Arc<Config>,
///     #[component]
///     greeter: Arc<Greeter>,
/// }
///
/// let app = App::builder(Config { greeting: "hello".into() }).build_sync()?;
/// assert_eq!(app.greeter.config.greeting, "hello");
/// # Ok::<(), di_core::BuildError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a component",
    label = "not a component",
    note = "put `#[component]` on the `impl` block that has the constructor of `{Self}`, or `#[derive(Component)]` on the type",
    note = "if `{Self}` is a type of another crate, make the field with `#[provide(function)]` instead of `#[component]`",
    note = "if its constructor takes an `#[inner]` parameter, use it in `#[decorate(..)]`; if it takes `#[assisted]` parameters, use it in `#[factory(..)]`"
)]
pub trait Component<C: Container>: Sized + Send + Sync + 'static {
    /// Dependencies of the constructor in `C`, and whether it is async.
    const CONSTRUCTOR: Constructor;

    /// Calls a sync constructor with dependencies from `fields`.
    ///
    /// # Panics
    /// Panics if a dependency is not built yet, or if the constructor is async.
    fn construct(fields: &C::Fields) -> Result<Self, BoxError> {
        _ = fields;
        is_async()
    }

    /// Calls the constructor, sync or async, with dependencies from `fields`.
    ///
    /// # Panics
    /// Panics if a dependency is not built yet.
    fn construct_async(fields: &C::Fields) -> BoxFuture<Result<Self, BoxError>> {
        Box::pin(ready(Self::construct(fields)))
    }

    /// Calls a sync constructor, and puts the component in an [`Arc`]. Implemented instead of `construct` for a
    /// constructor that returns an `Arc`.
    ///
    /// # Panics
    /// Panics if a dependency is not built yet, or if the constructor is async.
    fn construct_shared(fields: &C::Fields) -> Result<Arc<Self>, BoxError> {
        Self::construct(fields).map(Arc::new)
    }

    /// Calls the constructor, sync or async, and puts the component in an [`Arc`].
    ///
    /// # Panics
    /// Panics if a dependency is not built yet.
    fn construct_shared_async(fields: &C::Fields) -> BoxFuture<Result<Arc<Self>, BoxError>> {
        if Self::CONSTRUCTOR.is_async() {
            let constructing = Self::construct_async(fields);
            Box::pin(async move { constructing.await.map(Arc::new) })
        } else {
            Box::pin(ready(Self::construct_shared(fields)))
        }
    }

    /// Builds the component for a field that holds it by value. The macro overrides this for an async constructor. If
    /// both cases were here, every component would compile both.
    #[doc(hidden)]
    fn build(fields: &mut C::Fields, phase: Phase) -> Step<Self> {
        _ = phase;
        Step::of(Self::construct(fields))
    }

    /// Builds the component for a field that holds it in an [`Arc`]. The macro overrides this for an async constructor
    /// and for a component with hooks.
    #[doc(hidden)]
    fn build_shared(fields: &mut C::Fields, node: usize, phase: Phase) -> Step<Arc<Self>> {
        _ = (node, phase);
        match Self::construct(fields) {
            Ok(component) => Step::Ready(Arc::new(component)),
            Err(error) => Step::NotReady(NotReady::Failed(error)),
        }
    }
}
