//! Accepted return types of providers.

use super::IntoBoxError;
use crate::internal::BoxError;

/// Return type of a provider for a field of type `F`: `F` itself, or `Result<F, E>`. For a field of type
/// [`Tagged<_, T>`](crate::Tagged), also `T` or `Result<T, E>`.
#[diagnostic::on_unimplemented(
    message = "a provider of `{F}` must return `{F}` or `Result<{F}, E>`, not `{Self}`",
    label = "returns `{Self}`"
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
