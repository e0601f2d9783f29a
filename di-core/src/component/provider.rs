use std::future::ready;

use super::IntoConstructed;
use crate::container::generated::{Phase, Step, step_async};
use crate::container::{Container, is_async};
use crate::graph::Constructor;
use crate::internal::BoxFuture;

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

    /// What the function needs of `C`, and whether it is async.
    const CONSTRUCTOR: Constructor;

    /// Calls the function, with its parameters taken from `fields`.
    ///
    /// # Panics
    /// If a dependency is not there yet: the container calls it only when all are. If the function is async.
    fn provide(fields: &C::Fields) -> Self::Returned {
        _ = fields;
        is_async()
    }

    /// Calls the function, async or not, with its parameters taken from `fields`.
    ///
    /// # Panics
    /// If a dependency is not there yet.
    fn provide_async(fields: &C::Fields) -> BoxFuture<Self::Returned> {
        Box::pin(ready(Self::provide(fields)))
    }

    /// The value, for a field of type `T`.
    #[doc(hidden)]
    fn build<T: Send + 'static>(fields: &mut C::Fields, phase: Phase) -> Step<T>
    where
        Self::Returned: IntoConstructed<T>,
    {
        if Self::CONSTRUCTOR.is_async() {
            step_async(phase, || {
                let providing = Self::provide_async(fields);
                Box::pin(async move { providing.await.into_result() })
            })
        } else {
            Step::of(Self::provide(fields).into_result())
        }
    }
}
