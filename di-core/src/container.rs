use crate::build::Start;
use crate::lifecycle::Hooks;
use crate::{Graph, Node};

/// A struct whose fields say how they are made.
///
/// [`#[derive(Container)]`](derive@crate::Container) writes this, and has an example of each attribute. For a container
/// `App` it writes beside it, all with the visibility of `App`:
///
/// | | |
/// |---|---|
/// | `App::builder(inputs..)` | an `AppBuilder`, with an argument for each `#[input]`, in their order |
/// | `.with_field(value)` | overrides a field; its constructor is not called |
/// | `.module(\|module\| module.with_field(value))` | overrides a field of a module |
/// | `.options(\|options\| ..)` | [`Options`](crate::Options): the timeouts of hooks |
/// | `.build()` | a [`Build`](crate::Build), a future of the container; `.build().with_report()` also tells what took how long |
/// | `.build_sync()` | the container, where no constructor is async |
/// | `.start()` | the container, started: a `Host` |
/// | `App::slice()` | an `AppSlice`, with `with_field` for each field, inputs too |
/// | `.get::<T>()` | a [`Get`](crate::Get), a future of the field of type `T`, or of several for a tuple; only what they need is built |
/// | `.strict()` | makes an override an error that the slice does not need |
/// | `App::GRAPH` | the [`Graph`], as static data |
///
/// ```
/// use std::sync::Arc;
/// use di_core::{Component, Container};
///
/// pub struct Config { name: String }
///
/// #[derive(Component)]
/// pub struct Greeter { config: Arc<Config> }
///
/// #[derive(Component)]
/// pub struct Shop { greeter: Arc<Greeter> }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     config: Arc<Config>,
///     #[component]
///     greeter: Arc<Greeter>,
///     #[component]
///     shop: Arc<Shop>,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let app = App::builder(Config { name: "ann".into() }).build().await?;
/// assert!(Arc::ptr_eq(&app.greeter, &app.shop.greeter));
///
/// // The shop needs a greeter, which is overridden: so the config is not needed.
/// let bob = Arc::new(Greeter { config: Arc::new(Config { name: "bob".into() }) });
/// let (shop, greeter) = App::slice().with_greeter(bob).strict().get::<(Arc<Shop>, Arc<Greeter>)>().await?;
/// assert_eq!(shop.greeter.config.name, greeter.config.name);
///
/// assert_eq!(App::GRAPH.nodes().len(), 3);
/// # Ok::<(), di_core::BuildError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Container: Sized + 'static {
    /// The fields while they are being built, each an `Option`.
    #[doc(hidden)]
    type Fields;

    /// The container's graph, as static data.
    const GRAPH: &'static Graph;

    #[doc(hidden)]
    const STARTS: &'static [Start<Self::Fields>];

    /// Node indexes, each after all that it depends on.
    #[doc(hidden)]
    const ORDER: &'static [usize];

    #[doc(hidden)]
    fn no_fields() -> Self::Fields;

    #[doc(hidden)]
    fn is_there(fields: &Self::Fields, node: usize) -> bool;

    #[doc(hidden)]
    fn clear(fields: &mut Self::Fields, node: usize);

    #[doc(hidden)]
    fn finish(fields: Self::Fields) -> Self;

    #[doc(hidden)]
    fn hooks_mut(fields: &mut Self::Fields) -> &mut Hooks;

    /// Clones a node's value, if it is `Clone`, for a constructor that is called after the build.
    #[doc(hidden)]
    fn keep(_fields: &Self::Fields, _node: usize, _kept: &mut Self::Fields) {
        unreachable!(
            "di-core keeps a field of a container without lazy ones; please report this as a defect of di-core"
        )
    }

    /// The builder of this container as a module: overrides, without inputs.
    #[doc(hidden)]
    type Overrides;

    #[doc(hidden)]
    fn overrides(fields: Self::Fields) -> Self::Overrides;

    #[doc(hidden)]
    fn overridden(overrides: Self::Overrides) -> Self::Fields;
}

/// What the derive knows of each node: its public data, and how to start it. Both stand in one table, so that the
/// compiler reports a component that cannot be built once.
#[doc(hidden)]
pub struct Wiring<F, const N: usize> {
    pub nodes: [Node; N],
    pub starts: [Start<F>; N],
}
