use crate::BoxError;

/// What a constructor or provider may return for a value of type `T`: the value, or a `Result` of it.
///
/// It is implemented for exactly these two, whatever alias of `Result` they are written with.
#[diagnostic::on_unimplemented(
    message = "a constructor or provider of `{T}` must return `{T}` or `Result<{T}, E>`, not `{Self}`",
    label = "returns `{Self}`"
)]
pub trait Outcome<T> {
    /// The value, or the error in a box that remembers its type.
    ///
    /// # Errors
    /// The constructor's own error.
    fn into_result(self) -> Result<T, BoxError>;
}

impl<T> Outcome<T> for T {
    fn into_result(self) -> Result<T, BoxError> {
        Ok(self)
    }
}

impl<T, E: ConstructorError> Outcome<T> for Result<T, E> {
    fn into_result(self) -> Result<T, BoxError> {
        self.map_err(ConstructorError::into_box)
    }
}

/// An error that a constructor or provider may return: whatever converts into a [`BoxError`], as all error types do, and
/// strings.
#[diagnostic::on_unimplemented(
    message = "a constructor or provider cannot fail with a `{Self}`, since it is no error",
    label = "`{Self}` does not convert into `Box<dyn Error + Send + Sync>`",
    note = "implement `std::error::Error` for `{Self}`, for instance with `#[derive(thiserror::Error)]`"
)]
pub trait ConstructorError {
    /// The error, in a box that remembers its type.
    fn into_box(self) -> BoxError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> ConstructorError for E {
    fn into_box(self) -> BoxError {
        self.into()
    }
}
