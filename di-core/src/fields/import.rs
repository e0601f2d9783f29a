//! Imports of fields from modules.
//!
//! Generated code calls the same method names on every module, and method resolution selects what applies. `__field` and
//! `__any_field` are methods of the container that only its crate can call. In other crates, those of [`ImportPublic`]
//! take their place, which only find public fields.

use std::marker::PhantomData;

use super::Tagged;
use crate::container::{Container, FieldOf, IsPublic};

/// Imports from a container of another crate.
pub trait ImportPublic: Container {
    /// Returns the public field of type `T`.
    fn __field<T: FieldOf<Self, Visibility: IsPublic<T, Self>>>(&self) -> &T {
        T::field(self)
    }

    /// Returns the container, to import a tagged field.
    fn __any_field(&self) -> AnyPublicField<'_, Self> {
        AnyPublicField(self)
    }
}

impl<C: Container> ImportPublic for C {}

/// A container, to import any field.
pub struct AnyField<'a, C>(pub &'a C);

/// A container, to import public fields.
pub struct AnyPublicField<'a, C>(&'a C);

/// An import of a field of type `T` from `M`, an [`AnyField`] or [`AnyPublicField`].
///
/// Method resolution selects the inherent `import` if the container has a field of exactly this type, and that of
/// [`ImportUntagged`] or [`ImportPublicUntagged`] otherwise.
pub struct Import<M, T>(M, PhantomData<T>);

/// Creates an import.
pub fn import<M, T>(module: M) -> Import<M, T> {
    Import(module, PhantomData)
}

impl<C: Container, T: FieldOf<C> + Clone> Import<AnyField<'_, C>, T> {
    /// Clones the field.
    pub fn import(&self) -> T {
        T::field(self.0.0).clone()
    }
}

impl<C: Container, T: FieldOf<C, Visibility: IsPublic<T, C>> + Clone> Import<AnyPublicField<'_, C>, T> {
    /// Clones the field.
    pub fn import(&self) -> T {
        T::field(self.0.0).clone()
    }
}

/// Fallback for a container without a field of the tagged type.
pub trait ImportUntagged<C, Tag: ?Sized, T> {
    /// Clones and tags the field of the untagged type.
    fn import(&self) -> Tagged<Tag, T>
    where
        C: Container,
        T: FieldOf<C> + Clone;
}

impl<C, Tag: ?Sized, T> ImportUntagged<C, Tag, T> for Import<AnyField<'_, C>, Tagged<Tag, T>> {
    fn import(&self) -> Tagged<Tag, T>
    where
        C: Container,
        T: FieldOf<C> + Clone,
    {
        Tagged::new(T::field(self.0.0).clone())
    }
}

/// Fallback for a container of another crate without a public field of the tagged type.
pub trait ImportPublicUntagged<C, Tag: ?Sized, T> {
    /// Clones and tags the public field of the untagged type.
    fn import(&self) -> Tagged<Tag, T>
    where
        C: Container,
        T: FieldOf<C, Visibility: IsPublic<T, C>> + Clone;
}

impl<C, Tag: ?Sized, T> ImportPublicUntagged<C, Tag, T> for Import<AnyPublicField<'_, C>, Tagged<Tag, T>> {
    fn import(&self) -> Tagged<Tag, T>
    where
        C: Container,
        T: FieldOf<C, Visibility: IsPublic<T, C>> + Clone,
    {
        Tagged::new(T::field(self.0.0).clone())
    }
}
