//! Accepted return types of providers.

use std::sync::Arc;

use super::IntoBoxError;
use crate::container::generated::Step;
use crate::internal::BoxError;

/// Return type of a provider for a field of type `F`: `F` itself, or `Result<F, E>`. For a field of type `Arc<T>` or
/// [`Tagged<_, T>`](crate::Tagged), also `T` or `Result<T, E>`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{F}` cannot be made from `{Self}`",
    label = "provides `{Self}`",
    note = "a provider of `{F}` returns `{F}` or `Result<{F}, E>`; for a field of type `Arc<T>` or `Tagged<_, T>`, it may return a `T`",
    note = "an `async fn` needs `#[provider]`"
)]
pub trait IntoProvided<F> {
    /// Converts into a result with a boxed error, which can be downcast.
    ///
    /// # Errors
    /// Returns the provider's own error.
    fn into_provided(self) -> Result<F, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<T> IntoProvided<T> for T {
    fn into_provided(self) -> Result<T, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: IntoBoxError> IntoProvided<T> for Result<T, E> {
    fn into_provided(self) -> Result<T, BoxError> {
        self.map_err(IntoBoxError::into_box)
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoProvided<Arc<T>> for T {
    fn into_provided(self) -> Result<Arc<T>, BoxError> {
        Ok(Arc::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: IntoBoxError> IntoProvided<Arc<T>> for Result<T, E> {
    fn into_provided(self) -> Result<Arc<T>, BoxError> {
        self.map(Arc::new).map_err(IntoBoxError::into_box)
    }
}

/// Converts the value of a provider for a field of type `F`.
pub fn provided<F, R: IntoProvided<F>>(returned: R) -> Step<F> {
    Step::of(returned.into_provided())
}
