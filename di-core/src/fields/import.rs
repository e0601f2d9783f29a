//! Imports of tagged fields from modules.

use std::marker::PhantomData;

use super::Tagged;
use crate::container::{Container, FieldOf};

/// An import of a field of type `T` from the container `C`.
///
/// Method resolution selects the inherent `import` if the container has a field of exactly this type, and that of
/// [`ImportUntagged`] otherwise.
pub struct Import<'a, C, T>(&'a C, PhantomData<T>);

/// Creates an import.
pub fn import<C, T>(module: &C) -> Import<'_, C, T> {
    Import(module, PhantomData)
}

impl<C: Container, T: FieldOf<C> + Clone> Import<'_, C, T> {
    /// Clones the field.
    pub fn import(&self) -> T {
        T::field(self.0).clone()
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

impl<C, Tag: ?Sized, T> ImportUntagged<C, Tag, T> for Import<'_, C, Tagged<Tag, T>> {
    fn import(&self) -> Tagged<Tag, T>
    where
        C: Container,
        T: FieldOf<C> + Clone,
    {
        Tagged::new(T::field(self.0).clone())
    }
}
