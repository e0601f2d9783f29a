//! Components that take arguments each time they are created, for factories.

use std::future::ready;

use super::Component;
use crate::container::{Container, is_async};
use crate::graph::Constructor;
use crate::internal::{BoxError, BoxFuture};

/// A component that is created from its dependencies and from arguments, the tuple `A`.
///
/// `#[component]` implements this instead of [`Component`] if a parameter is marked `#[assisted]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be created from the arguments `{A}`",
    label = "has no constructor with the `#[assisted]` parameters `{A}`",
    note = "the arguments of the field's `Factory` are the types of the constructor's `#[assisted]` parameters, in order"
)]
pub trait Assisted<C: Container, A>: Sized + Send + 'static {
    /// Dependencies of the constructor in `C`, excluding the arguments, and whether the constructor is async.
    const CONSTRUCTOR: Constructor;

    /// Calls a sync constructor with `arguments`, and with dependencies from `fields`.
    ///
    /// # Panics
    /// Panics if a dependency is not built yet, or if the constructor is async.
    fn create(fields: &C::Fields, arguments: A) -> Result<Self, BoxError> {
        _ = (fields, arguments);
        is_async()
    }

    /// Calls the constructor, sync or async, with `arguments`, and with dependencies from `fields`.
    ///
    /// # Panics
    /// Panics if a dependency is not built yet.
    fn create_async(fields: &C::Fields, arguments: A) -> BoxFuture<Result<Self, BoxError>> {
        Box::pin(ready(Self::create(fields, arguments)))
    }
}

/// A component without `#[assisted]` parameters takes an empty tuple.
///
/// Listed in errors: the compiler then names what the component lacks.
impl<C: Container, T: Component<C>> Assisted<C, ()> for T {
    const CONSTRUCTOR: Constructor = T::CONSTRUCTOR;

    fn create(fields: &C::Fields, (): ()) -> Result<Self, BoxError> {
        T::construct(fields)
    }

    fn create_async(fields: &C::Fields, (): ()) -> BoxFuture<Result<Self, BoxError>> {
        T::construct_async(fields)
    }
}
