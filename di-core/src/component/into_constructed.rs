//! Accepted return types of constructors.

use super::IntoBoxError;
use crate::internal::BoxError;

/// Return type of a constructor of `T`: `T` itself, or `Result<T, E>`.
///
/// Implemented for these two only. Aliases of `Result` work.
#[diagnostic::on_unimplemented(
    message = "a constructor of `{T}` must return `{T}` or `Result<{T}, E>`, not `{Self}`",
    label = "returns `{Self}`"
)]
pub trait IntoConstructed<T> {
    /// Converts into a result with a boxed error, which can be downcast.
    ///
    /// # Errors
    /// Returns the constructor's own error.
    fn into_result(self) -> Result<T, BoxError>;
}

impl<T> IntoConstructed<T> for T {
    fn into_result(self) -> Result<T, BoxError> {
        Ok(self)
    }
}

impl<T, E: IntoBoxError> IntoConstructed<T> for Result<T, E> {
    fn into_result(self) -> Result<T, BoxError> {
        self.map_err(IntoBoxError::into_box)
    }
}

/// Converts the return value of a constructor into a result.
pub fn into_result<T, R: IntoConstructed<T>>(returned: R) -> Result<T, BoxError> {
    returned.into_result()
}
