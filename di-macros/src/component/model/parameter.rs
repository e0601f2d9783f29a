use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Type, TypeReference};

use crate::component::attr::{self, Mark};
use crate::syntax::types::{arc_content, ungrouped};

/// The number of arguments that a factory takes at most.
pub(crate) const MAX_FACTORY_ARGUMENTS: usize = 5;

/// A parameter of a constructor, or an injected field of a struct.
pub(crate) struct Parameter {
    pub(crate) attributes: Vec<Attribute>,
    /// The type as written.
    pub(crate) ty: Type,
    pub(crate) kind: ParameterKind,
    pub(crate) key: FieldKey,
}

/// The way in which a parameter gets its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterKind {
    /// `T`: a clone of the field.
    Owned,
    /// `&T`: borrowed from the field's `Arc`.
    Borrowed,
    /// `#[inner] T`: the value that a decorator decorates.
    Inner,
    /// `#[assisted] T`: an argument of a factory.
    Assisted,
}

/// The type by which a parameter's field is looked up.
pub(crate) enum FieldKey {
    /// `T`, for a field of type `Arc<T>`.
    Arc(Type),
    /// The type of the field.
    Whole(Type),
}

impl Parameter {
    pub(crate) fn new(attributes: &[Attribute], ty: &Type) -> Parameter {
        let mark = attributes.iter().find_map(attr::mark);
        let (kind, key) = match (mark, ungrouped(ty)) {
            (Some(Mark::Inner), ty) => (ParameterKind::Inner, FieldKey::Whole(ty.clone())),
            (Some(Mark::Assisted), ty) => (ParameterKind::Assisted, FieldKey::Whole(ty.clone())),
            (None, Type::Reference(TypeReference { elem, .. })) => {
                (ParameterKind::Borrowed, FieldKey::Arc((**elem).clone()))
            }
            (None, ty) => (ParameterKind::Owned, FieldKey::of_owned(ty)),
        };
        Parameter { attributes: attributes.to_vec(), ty: ty.clone(), kind, key }
    }
}

impl FieldKey {
    fn of_owned(ty: &Type) -> FieldKey {
        match arc_content(ty) {
            Some(content) => FieldKey::Arc(content.clone()),
            None => FieldKey::Whole(ty.clone()),
        }
    }

    pub(crate) fn ty(&self) -> &Type {
        match self {
            FieldKey::Arc(ty) | FieldKey::Whole(ty) => ty,
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.ty().span()
    }
}
