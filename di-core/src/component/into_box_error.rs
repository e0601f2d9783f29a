use crate::internal::BoxError;

/// An error that a constructor or provider may return: whatever converts into a [`BoxError`], as all error types do, and
/// strings.
#[diagnostic::on_unimplemented(
    message = "a constructor or provider cannot fail with a `{Self}`, since it is no error",
    label = "`{Self}` does not convert into `Box<dyn Error + Send + Sync>`",
    note = "implement `std::error::Error` for `{Self}`, for instance with `#[derive(thiserror::Error)]`"
)]
pub trait IntoBoxError {
    /// The error, in a box that remembers its type.
    fn into_box(self) -> BoxError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoBoxError for E {
    fn into_box(self) -> BoxError {
        self.into()
    }
}
