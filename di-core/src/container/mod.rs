//! The container trait and its parts: fields, the steps that build them, and modules.

mod borrowed_field_of;
mod built_sync;
mod built_value;
mod field_of;
mod field_visibility;
pub(crate) mod generated;
mod is_clone;
mod mode;
mod module;
mod node_table;
mod shared;
mod step;
mod stored_as;
mod wrappers;

use std::any::Any;

use crate::graph::Graph;
use crate::hooks::Hooks;

pub use borrowed_field_of::{AsyncBorrowedFieldOf, BorrowedFieldOf};
pub use built_sync::BuiltSync;
pub use field_of::{ArcFieldOf, CloneFieldOf, FieldOf, OptionFieldOf};
pub(crate) use field_visibility::IsPublic;
pub use mode::{Overrides, Slice, Whole};
pub use module::Module;
pub use shared::Shared;
pub(crate) use step::{BoxedValue, is_async};

use generated::BuildNode;

/// A struct with fields that declare how they are made.
///
/// [`#[derive(Container)]`](derive@crate::Container) implements this trait, and documents each attribute with an
/// example. For a container `App` it generates these items:
///
/// | | |
/// |---|---|
/// | `App::builder(inputs..)` | an `AppBuilder`, with one argument for each `#[input]`, in field order |
/// | `.with_field(value)` | overrides a field; its constructor is not called |
/// | `.wrap_field(\|real\| ..)` | overrides a field by a function of the real value, for example by a spy |
/// | `.module(\|module\| module.with_field(value))` | overrides a field of a module |
/// | `.options(\|options\| ..)` | [`HostOptions`](crate::host::HostOptions): timeouts of hooks |
/// | `.build()` | a [`Build`](crate::construct::Build), a future that builds the container; `.build().with_report()` also reports the times |
/// | `.build_sync()` | the container, if no constructor is async |
/// | `.start()` | the started container: a `Host` |
/// | `App::slice()` | an `AppSlice`, with `with_field` for each field, including inputs |
/// | `.get::<T>()` | a [`Get`](crate::construct::Get), a future that builds the field of type `T`, or several fields for a tuple, with only their dependencies |
/// | `.strict()` | makes an unneeded override an error |
/// | `App::GRAPH` | the [`Graph`], as static data |
///
/// # Visibility
///
/// The items have the visibility of `App`, except for the methods of fields that are not `pub`: `.with_field(value)` and
/// `.module(|module| ..)`. These are visible in the crate of `App`. Inputs are the exception, because the caller
/// supplies them: their `.with_input(value)` has the visibility of `App`.
///
/// Another crate can import only `pub` fields of `App`. It can still read any field by a type that it can name, with
/// `.get::<T>()` on a slice or with [`FieldOf::field`](crate::wiring::FieldOf::field), because components of other crates
/// must find the private fields of `App`. Use a private type for a field that no other crate may read.
///
/// # Example
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
/// // The shop needs a greeter. It is overridden, so the config is not needed.
/// let bob = Arc::new(Greeter { config: Arc::new(Config { name: "bob".into() }) });
/// let (shop, greeter) = App::slice().with_greeter(bob).strict().get::<(Arc<Shop>, Arc<Greeter>)>().await?;
/// assert_eq!(shop.greeter.config.name, greeter.config.name);
///
/// assert_eq!(App::GRAPH.nodes().len(), 3);
/// # Ok::<(), di_core::BuildError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a container",
    label = "not a container",
    note = "a container is a struct that derives `Container`"
)]
pub trait Container: Sized + 'static {
    /// The partial fields: a struct with the container's fields during a build, each an `Option` that is `None` until
    /// the field is built. [`FieldOf::partial_field`] reads one of them.
    #[doc(hidden)]
    type Fields;

    /// The container's graph, as static data.
    const GRAPH: &'static Graph;

    /// The function that builds each node.
    #[doc(hidden)]
    const BUILD_NODES: &'static [BuildNode<Self::Fields>];

    /// Node indexes, each after its dependencies.
    #[doc(hidden)]
    const ORDER: &'static [usize];

    /// Returns partial fields without values.
    #[doc(hidden)]
    fn empty_fields() -> Self::Fields;

    /// Returns whether the node has a value, built or supplied.
    #[doc(hidden)]
    fn is_built(fields: &Self::Fields, node: usize) -> bool;

    /// Drops the value of a node.
    #[doc(hidden)]
    fn clear(fields: &mut Self::Fields, node: usize);

    /// Converts complete partial fields into the container.
    #[doc(hidden)]
    fn finish(fields: Self::Fields) -> Self;

    /// Returns the hooks of the components that were built.
    #[doc(hidden)]
    fn hooks_mut(fields: &mut Self::Fields) -> &mut Hooks;

    /// Returns the entry of a node in the partial fields, an `Option`. Used for fields that are wrapped.
    #[doc(hidden)]
    fn slot(fields: &mut Self::Fields, node: usize) -> Option<&mut dyn Any> {
        _ = (fields, node);
        None
    }

    /// Replaces the value of a node by what its wrappers make of it. Called once the node is built.
    #[doc(hidden)]
    fn wrap(fields: &mut Self::Fields, node: usize) {
        _ = (fields, node);
    }

    /// Returns the nodes that have wrappers.
    #[doc(hidden)]
    fn wrapped_nodes(fields: &Self::Fields) -> Vec<usize> {
        _ = fields;
        Vec::new()
    }

    /// Clones the value of `node` from `fields` to `into`, if it is `Clone`. Used for constructors that are called
    /// after the build.
    #[doc(hidden)]
    fn clone_field(_fields: &Self::Fields, _node: usize, _into: &mut Self::Fields) {
        unreachable!(
            "di-core cloned a field of a container without lazy fields or factories. This is a bug in di-core; please report it."
        )
    }

    /// The builder of overrides for this container as a module. It takes no inputs.
    #[doc(hidden)]
    type Overrides;

    /// Creates the builder of overrides from `fields`.
    #[doc(hidden)]
    fn overrides(fields: Self::Fields) -> Self::Overrides;

    /// Returns partial fields with the overrides.
    #[doc(hidden)]
    fn into_fields(overrides: Self::Overrides) -> Self::Fields;
}
