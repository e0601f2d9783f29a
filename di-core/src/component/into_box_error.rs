//! Bound on the errors of constructors and hooks, with a readable compile error.

use crate::internal::BoxError;

/// Error type of a constructor, provider or hook. Implemented for every type that converts into a [`BoxError`]: all
/// error types, and strings.
#[diagnostic::on_unimplemented(
    message = "a constructor or provider cannot fail with a `{Self}`, which is not an error",
    label = "`{Self}` does not convert into `Box<dyn Error + Send + Sync>`",
    note = "implement `std::error::Error` for `{Self}`, for instance with `#[derive(thiserror::Error)]`"
)]
pub trait IntoBoxError {
    /// Boxes the error. The box can be downcast.
    fn into_box(self) -> BoxError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoBoxError for E {
    fn into_box(self) -> BoxError {
        self.into()
    }
}
