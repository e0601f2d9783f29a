//! Bound on the types of fields, with a readable compile error.

/// A type that threads can share: `Send + Sync + 'static`. Every field has such a type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between threads, as the fields of a container are",
    label = "not `Send + Sync + 'static`",
    note = "if it is a trait of yours, declare it `trait ..: Send + Sync`"
)]
pub trait Shared: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static + ?Sized> Shared for T {}

/// Fails to compile if a field's type is not [`Shared`]. This checks each field once. As a supertrait of
/// [`FieldOf`](super::FieldOf), the bound would be checked for every constructor.
#[doc(hidden)]
pub const fn check_shared<T: Shared>() {}
