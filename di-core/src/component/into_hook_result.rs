use super::IntoBoxError;
use crate::internal::BoxError;

/// What a hook may return: nothing, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a hook must return nothing or `Result<(), E>`, not `{Self}`",
    label = "returns `{Self}`"
)]
pub trait IntoHookResult {
    /// Success, or the error in a box that remembers its type.
    ///
    /// # Errors
    /// The hook's own error.
    fn into_hook_result(self) -> Result<(), BoxError>;
}

impl IntoHookResult for () {
    fn into_hook_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: IntoBoxError> IntoHookResult for Result<(), E> {
    fn into_hook_result(self) -> Result<(), BoxError> {
        self.map_err(IntoBoxError::into_box)
    }
}

/// The result of a hook, for generated code.
pub fn hook_result<R: IntoHookResult>(returned: R) -> Result<(), BoxError> {
    returned.into_hook_result()
}
