/// What threads may share: `Send`, `Sync`, and without borrowed parts. Every field's type is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between threads, as the fields of a container are",
    label = "not `Send + Sync + 'static`",
    note = "if it is a trait of yours, declare it `trait ..: Send + Sync`"
)]
pub trait Shared: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static + ?Sized> Shared for T {}

/// Fails to compile where a field's type is not [`Shared`]. It is asked here, once a field, and not as a supertrait of
/// [`FieldOf`](super::FieldOf), which would have every constructor ask again.
#[doc(hidden)]
pub const fn check_shared<T: Shared>() {}
