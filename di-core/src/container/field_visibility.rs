//! Visibility of fields outside the crate of their container.

/// Visibility of a field that is `pub`.
pub enum PublicField {}

/// Visibility of a field that is not `pub`.
pub enum PrivateField {}

/// The visibility of a field of type `T`, if it is public. Imports from a container of another crate require it.
#[diagnostic::on_unimplemented(
    message = "the field of type `{T}` of container `{C}` is private",
    label = "private in another crate",
    note = "make the field of `{C}` `pub`, or use it only in the crate of `{C}`"
)]
pub trait IsPublic<T, C> {}

#[diagnostic::do_not_recommend]
impl<T, C> IsPublic<T, C> for PublicField {}
