use crate::{Construction, Container};

/// A function that provides a value to the container `C`: what `#[provider]` makes of an `fn`.
///
/// The function's name serves as a type, too, which implements this trait; a `use` of the function brings both.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a provider",
    label = "not a provider",
    note = "put `#[provider]` on the function, or, where `{Self}` is a component, write `#[component({Self})]`"
)]
pub trait Provider<C: Container> {
    /// What the function returns, as it is written there.
    type Returned: Send + 'static;

    /// Indexes of the nodes of `C` that the function's parameters come from, in the order of the parameters.
    const DEPENDENCIES: &'static [usize];

    /// Whether the function is an `async fn`.
    const IS_ASYNC: bool;

    /// Calls the function, with its parameters taken from `fields`.
    ///
    /// # Panics
    /// If a dependency is not there yet. The container calls it only when all are.
    fn provide(fields: &C::Fields) -> Construction<Self::Returned>;
}
