//! Traits that find the field of a parameter by type, at compile time.

use std::sync::Arc;

use super::Container;
use super::built_value::not_built;
use super::field_visibility::PrivateField;

/// The type of exactly one field of the container `C`.
///
/// `#[derive(Container)]` implements it for the type of each field, so a constructor's parameter finds its field by
/// type at compile time. Resolving is reading the field:
///
/// ```
/// use std::sync::Arc;
/// use di_core::Container;
/// use di_core::wiring::FieldOf;
///
/// #[derive(Container)]
/// struct App {
///     #[input]
///     name: Arc<str>,
///     #[input]
///     limit: usize,
/// }
///
/// let app = App::builder("shards", 8_usize).build_sync()?;
/// assert_eq!(*usize::field(&app), 8);
/// assert_eq!(&**<Arc<str>>::field(&app), "shards");
/// # Ok::<(), di_core::BuildError>(())
/// ```
///
/// Tuples of such types request several fields from a slice.
#[diagnostic::on_unimplemented(
    message = "container `{C}` has no field of type `{Self}`",
    label = "needs a field of type `{Self}`",
    note = "add a field to `{C}`: `#[component(..)] name: {Self}`, or one with `#[provide(..)]`, `#[import(..)]`, `#[input]` or `#[alias(..)]`"
)]
pub trait FieldOf<C: Container>: Sized + 'static {
    /// Whether the field is `pub`: `PublicField` or `PrivateField`.
    #[doc(hidden)]
    type Visibility;

    /// Index of the field in the nodes of [`Container::GRAPH`].
    const INDEX: usize;

    /// Returns the field.
    fn field(container: &C) -> &Self;

    /// Returns the field during a build: its entry in the partial fields, `None` until it is built.
    #[doc(hidden)]
    fn partial_field(fields: &C::Fields) -> &Option<Self>;

    /// Adds the index of the field, or those of all fields in a tuple.
    #[doc(hidden)]
    fn indexes(into: &mut Vec<usize>) {
        into.push(Self::INDEX);
    }

    /// Takes the field out of the partial fields. An [`Arc`] is cloned.
    #[doc(hidden)]
    fn take(fields: &mut C::Fields) -> Self;
}

/// The type inside a field of type [`Arc`] in the container `C`: `dyn Clock` for a field `Arc<dyn Clock>`.
///
/// Implies [`FieldOf`] for the `Arc`. A separate trait lets the compiler name the bare type.
#[diagnostic::on_unimplemented(
    message = "container `{C}` has no field of type `Arc<{Self}>`",
    label = "needs a field of type `Arc<{Self}>`",
    note = "add a field to `{C}`: `#[component(..)] name: Arc<{Self}>`, or one with `#[provide(..)]`, `#[import(..)]`, `#[input]` or `#[alias(..)]`"
)]
pub trait ArcFieldOf<C: Container>: 'static {
    /// Whether the field is `pub`: `PublicField` or `PrivateField`.
    #[doc(hidden)]
    type Visibility;

    /// Index of the field in the nodes of [`Container::GRAPH`].
    const INDEX: usize;

    /// Returns the field.
    fn field(container: &C) -> &Arc<Self>;

    /// Returns the field during a build: its entry in the partial fields, `None` until it is built.
    #[doc(hidden)]
    fn partial_field(fields: &C::Fields) -> &Option<Arc<Self>>;
}

#[diagnostic::do_not_recommend]
impl<C: Container, T: ArcFieldOf<C> + ?Sized> FieldOf<C> for Arc<T> {
    type Visibility = T::Visibility;

    const INDEX: usize = T::INDEX;

    #[inline]
    fn field(container: &C) -> &Self {
        T::field(container)
    }

    #[inline]
    fn partial_field(fields: &C::Fields) -> &Option<Self> {
        T::partial_field(fields)
    }

    fn take(fields: &mut C::Fields) -> Self {
        cloned_arc(fields)
    }
}

/// A type that a parameter can take by value: the container `C` has a field of type `Self`, and `Self` is [`Clone`].
#[diagnostic::on_unimplemented(
    message = "container `{C}` has no field of type `{Self}`",
    label = "needs a field of type `{Self}`",
    note = "if the field is an `Arc<{Self}>`, the parameter must be a `&{Self}` or an `Arc<{Self}>`",
    note = "if not, add a field to `{C}`: `#[component(..)] name: {Self}`, or one with `#[provide(..)]` or `#[input]`"
)]
pub trait CloneFieldOf<C: Container>: FieldOf<C> {
    /// Clones the field during a build.
    #[doc(hidden)]
    fn cloned(fields: &C::Fields) -> Self;
}

#[diagnostic::do_not_recommend]
impl<C: Container, T: ArcFieldOf<C> + ?Sized> CloneFieldOf<C> for Arc<T> {
    #[inline]
    fn cloned(fields: &C::Fields) -> Self {
        cloned_arc(fields)
    }
}

/// An optional value that a parameter can take: the container `C` has a field of type `Self`, an `Option`, and `Self` is
/// [`Clone`].
#[diagnostic::on_unimplemented(
    message = "container `{C}` has no field of type `{Self}`",
    label = "needs a field of type `{Self}`",
    note = "a field of the type inside the `Option` does not count: remove the `Option` from the parameter, or add a field to `{C}`: `#[absent] name: {Self}`, or one with `#[input]` or `#[provide(..)]`"
)]
pub trait OptionFieldOf<C: Container>: CloneFieldOf<C> {}

#[diagnostic::do_not_recommend]
impl<C: Container, T: CloneFieldOf<C>> OptionFieldOf<C> for T {}

/// [`Clone`], checked at a parameter that takes a field by value, and not at the field's declaration. The lifetime
/// defers the check.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be injected by value, since it is not `Clone`",
    label = "takes a `{Self}` by value",
    note = "derive `Clone` for `{Self}`, or make the field an `Arc<{Self}>` and the parameter a `&{Self}`"
)]
pub trait CloneFor<'parameter> {
    fn clone_for_parameter(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> CloneFor<'_> for T {
    fn clone_for_parameter(&self) -> Self {
        self.clone()
    }
}

/// A tuple requests several fields. It is not the type of any field, so only `indexes` and `take` are usable.
macro_rules! tuple {
    ($($T:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<C: Container, $($T: FieldOf<C>),+> FieldOf<C> for ($($T,)+) {
            type Visibility = PrivateField;

            // Always false. The compiler cannot know that before it knows the type parameters, so the error occurs at
            // the use.
            const INDEX: usize = {
                assert!(size_of::<Self>() == usize::MAX, "a tuple requests several fields of a slice; it is not the type of a field");
                usize::MAX
            };

            fn field(_: &C) -> &Self {
                const { not_a_field(Self::INDEX) }
            }

            fn partial_field(_: &C::Fields) -> &Option<Self> {
                const { not_a_field(Self::INDEX) }
            }

            fn indexes(into: &mut Vec<usize>) {
                $($T::indexes(into);)+
            }

            fn take(fields: &mut C::Fields) -> Self {
                ($($T::take(fields),)+)
            }
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B D);
tuple!(A B D E);
tuple!(A B D E F);
tuple!(A B D E F G);
tuple!(A B D E F G H);
tuple!(A B D E F G H I);

/// Clones a dependency, for a parameter `Arc<T>`.
#[doc(hidden)]
#[inline]
pub fn cloned_arc<C: Container, T: ArcFieldOf<C> + ?Sized>(fields: &C::Fields) -> Arc<T> {
    match T::partial_field(fields) {
        Some(value) => value.clone(),
        None => not_built(),
    }
}

/// Clones a dependency, for a parameter `T`.
#[doc(hidden)]
#[inline]
pub fn cloned<C: Container, T: CloneFieldOf<C>>(fields: &C::Fields) -> T {
    T::cloned(fields)
}

/// Fails to compile if a tuple is used as a field: its index cannot be evaluated.
const fn not_a_field(_: usize) -> ! {
    panic!("a tuple is not a field")
}
