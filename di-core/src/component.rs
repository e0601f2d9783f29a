use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Container, Lifecycle};

/// The error of a constructor: any error type turns into it by `?` or `into()`.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A boxed future that may be sent to another thread.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A type that the container `C` can construct.
///
/// `#[component]` on an `impl` with a constructor writes this, as does `#[derive(Component)]` on a struct whose fields
/// are all injected. It holds for every container that has a field for each of the constructor's parameters; where one
/// is lacking, the compiler names it.
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
    note = "if its constructor takes an `#[inner]` parameter, it goes into `#[decorate(..)]`; if it takes `#[assisted]` ones, into `#[factory(..)]`"
)]
pub trait Component<C: Container>: Sized + Send + Sync + 'static {
    /// Indexes of the nodes of `C` that the constructor's parameters come from, in the order of the parameters.
    const DEPENDENCIES: &'static [usize];

    /// Whether the constructor is an `async fn`.
    const IS_ASYNC: bool;

    /// Calls the constructor, with its parameters taken from `fields`.
    ///
    /// # Panics
    /// If a dependency is not there yet. The container calls it only when all are.
    fn construct(fields: &C::Fields) -> Construction<Result<Self, BoxError>>;

    /// Whether the component has `#[start]`, `#[run]` or `#[stop]` hooks.
    const HAS_HOOKS: bool = false;

    /// The component as its hooks see it, if it has any.
    fn hooks(this: Arc<Self>) -> Option<Arc<dyn Lifecycle>> {
        _ = this;
        None
    }
}

/// A value under construction: a sync constructor has made it, an async one has begun to.
pub enum Construction<T> {
    /// The constructor has returned.
    Ready(T),
    /// The constructor is async; its future is to be polled.
    Pending(BoxFuture<T>),
}
