//! Traits that find the field of a parameter `&T`.

use std::sync::Arc;

use super::built_value::not_built;
use super::{ArcFieldOf, Container};

/// A type that a parameter can borrow: the container `C` has a field of type `Arc<Self>`, or else of type `Self`.
///
/// Implied by [`ArcFieldOf`]. `#[derive(Container)]` implements it for the types of the other fields.
#[diagnostic::on_unimplemented(
    message = "container `{C}` has no field of type `Arc<{Self}>`",
    label = "needs a field of type `Arc<{Self}>`",
    note = "add a field to `{C}`: `#[component(..)] name: Arc<{Self}>`, or one with `#[provide(..)]`, `#[import(..)]`, `#[input]` or `#[alias(..)]`"
)]
pub trait BorrowedFieldOf<C: Container>: 'static {
    /// Index of the field in the nodes of [`Container::GRAPH`].
    const INDEX: usize;

    /// Marks whether the field is an `Arc`: [`InArc`] or [`ByValue`].
    #[doc(hidden)]
    type Holder;

    /// Borrows the content of the field during a build.
    #[doc(hidden)]
    fn borrowed(fields: &C::Fields) -> &Self;

    /// Returns the field, if it is an `Arc`.
    #[doc(hidden)]
    fn arc(_fields: &C::Fields) -> Option<&Arc<Self>> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<C: Container, T: ArcFieldOf<C> + ?Sized> BorrowedFieldOf<C> for T {
    const INDEX: usize = T::INDEX;

    type Holder = InArc;

    #[inline]
    fn borrowed(fields: &C::Fields) -> &Self {
        match T::partial_field(fields) {
            Some(value) => value,
            None => not_built(),
        }
    }

    fn arc(fields: &C::Fields) -> Option<&Arc<Self>> {
        T::partial_field(fields).as_ref()
    }
}

/// A type that a parameter of an `async fn` can borrow: like [`BorrowedFieldOf`], but a field of type `Self` must be
/// [`Clone`], because the call borrows from a clone of it.
pub trait AsyncBorrowedFieldOf<C: Container>: BorrowedFieldOf<C> {
    /// Returns the field, or a clone of it, in an `Arc`.
    #[doc(hidden)]
    fn shared(fields: &C::Fields) -> Arc<Self>;
}

impl<C: Container, T: BorrowedFieldOf<C, Holder: for<'call> Share<'call, T>> + ?Sized> AsyncBorrowedFieldOf<C> for T {
    fn shared(fields: &C::Fields) -> Arc<Self> {
        <T::Holder as Share<'_, T>>::share(T::borrowed(fields), T::arc(fields))
    }
}

/// Marks a type that is borrowed from an `Arc` field.
#[doc(hidden)]
pub enum InArc {}

/// Marks a type that is borrowed from a field of this type.
#[doc(hidden)]
pub enum ByValue {}

/// A way to share the content of a field with an async call. The lifetime defers the check.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an `async fn` cannot borrow a field of type `{T}`, since `{T}` is not `Clone`",
    label = "borrowed by an `async fn`",
    note = "derive `Clone` for `{T}`, or make the field an `Arc<{T}>`"
)]
pub trait Share<'call, T: ?Sized> {
    /// Returns an owner of the content.
    fn share(content: &T, arc: Option<&Arc<T>>) -> Arc<T>;
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> Share<'_, T> for InArc {
    fn share(_: &T, arc: Option<&Arc<T>>) -> Arc<T> {
        match arc {
            Some(arc) => arc.clone(),
            None => not_built(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Share<'_, T> for ByValue {
    fn share(content: &T, _: Option<&Arc<T>>) -> Arc<T> {
        Arc::new(content.clone())
    }
}

/// Borrows a dependency, for a parameter `&T`.
#[doc(hidden)]
#[inline]
pub fn borrowed<C: Container, T: BorrowedFieldOf<C> + ?Sized>(fields: &C::Fields) -> &T {
    T::borrowed(fields)
}

/// Returns the owner of a dependency from which an async call borrows, for a parameter `&T`.
#[doc(hidden)]
#[inline]
pub fn shared<C: Container, T: AsyncBorrowedFieldOf<C> + ?Sized>(fields: &C::Fields) -> Arc<T> {
    T::shared(fields)
}
