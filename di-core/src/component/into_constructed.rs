use super::IntoBoxError;
use crate::internal::BoxError;

/// What a constructor or provider may return for a value of type `T`: the value, or a `Result` of it.
///
/// It is implemented for exactly these two, whatever alias of `Result` they are written with.
#[diagnostic::on_unimplemented(
    message = "a constructor or provider of `{T}` must return `{T}` or `Result<{T}, E>`, not `{Self}`",
    label = "returns `{Self}`"
)]
pub trait IntoConstructed<T> {
    /// The value, or the error in a box that remembers its type.
    ///
    /// # Errors
    /// The constructor's own error.
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

/// Returns the result of a constructor.
pub fn into_result<T, R: IntoConstructed<T>>(returned: R) -> Result<T, BoxError> {
    returned.into_result()
}
