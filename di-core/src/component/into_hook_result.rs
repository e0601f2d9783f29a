//! Accepted return types of hooks.

use super::IntoBoxError;
use crate::internal::BoxError;

/// Return type of a hook: `()` or `Result<(), E>`.
#[diagnostic::on_unimplemented(
    message = "a hook must return nothing or `Result<(), E>`, not `{Self}`",
    label = "returns `{Self}`"
)]
pub trait IntoHookResult {
    /// Converts into a result with a boxed error, which can be downcast.
    ///
    /// # Errors
    /// Returns the hook's own error.
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

/// Converts the return value of a hook into a result.
pub fn hook_result<R: IntoHookResult>(returned: R) -> Result<(), BoxError> {
    returned.into_hook_result()
}
