//! Functions that provide values of types that are not components.

use std::future::ready;

use super::IntoProvided;
use crate::container::generated::{Phase, Step, step_async};
use crate::container::{Container, is_async};
use crate::graph::Constructor;
use crate::internal::BoxFuture;

/// A function that makes a value for the container `C`. `#[provider]` on an `fn` implements this trait.
///
/// The macro also declares a type with the function's name, which implements this trait. A `use` of the function
/// imports both.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a provider",
    label = "not a provider",
    note = "put `#[provider]` on the function, or, if `{Self}` is a component, write `#[component({Self})]`"
)]
pub trait Provider<C: Container> {
    /// Return type of the function, as written.
    type Returned: Send + 'static;

    /// Dependencies of the function in `C`, and whether it is async.
    const CONSTRUCTOR: Constructor;

    /// Calls a sync function with dependencies from `fields`.
    ///
    /// # Panics
    /// Panics if a dependency is not built yet, or if the function is async.
    fn provide(fields: &C::Fields) -> Self::Returned {
        _ = fields;
        is_async()
    }

    /// Calls the function, sync or async, with dependencies from `fields`.
    ///
    /// # Panics
    /// Panics if a dependency is not built yet.
    fn provide_async(fields: &C::Fields) -> BoxFuture<Self::Returned> {
        Box::pin(ready(Self::provide(fields)))
    }

    /// Builds the value for a field of type `T`.
    #[doc(hidden)]
    fn build<T: Send + 'static>(fields: &mut C::Fields, phase: Phase) -> Step<T>
    where
        Self::Returned: IntoProvided<T>,
    {
        if Self::CONSTRUCTOR.is_async() {
            step_async(phase, || {
                let providing = Self::provide_async(fields);
                Box::pin(async move { providing.await.into_provided() })
            })
        } else {
            Step::of(Self::provide(fields).into_provided())
        }
    }
}
