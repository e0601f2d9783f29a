//! Check that a field has the type of its component, with a readable compile error.

/// A component that a field of type `F` holds by value: `F` itself.
#[diagnostic::on_unimplemented(
    message = "a field of type `{F}` cannot hold the component `{Self}`",
    label = "the field has another type",
    note = "if the field's type is an alias of an `Arc<..>`, write the type out, or make the field with `#[provide(function)]`"
)]
pub trait StoredAs<F> {
    /// Returns the component.
    fn stored(self) -> F;
}

impl<T> StoredAs<T> for T {
    fn stored(self) -> T {
        self
    }
}

/// Converts a component to the type of its field, which may be written differently.
#[inline]
pub fn stored_as<F, T: StoredAs<F>>(component: T) -> F {
    component.stored()
}
