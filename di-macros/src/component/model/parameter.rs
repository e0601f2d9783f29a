//! Parameters of constructors, and the field type by which each is looked up.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Type, TypeReference};

use crate::component::attr::{self, Mark};
use crate::syntax::types::{arc_content, ungrouped};

/// Maximum number of arguments of a factory.
pub(crate) const MAX_FACTORY_ARGUMENTS: usize = 5;

/// A parameter of a constructor, or an injected field of a struct.
pub(crate) struct Parameter {
    /// The name, without leading underscores. Empty for a pattern.
    pub(crate) name: String,
    pub(crate) attributes: Vec<Attribute>,
    /// The type as written.
    pub(crate) ty: Type,
    pub(crate) kind: ParameterKind,
    pub(crate) key: FieldKey,
}

/// The source of a parameter's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterKind {
    /// `T`: a clone of the field.
    Owned,
    /// `&T`: borrowed from the field.
    Borrowed,
    /// `#[inner] T`: the value that a decorator decorates.
    Inner,
    /// `#[assisted] T`: an argument of a factory.
    Assisted,
}

/// The type by which a parameter's field is looked up.
pub(crate) enum FieldKey {
    /// The content `T` of a field of type `Arc<T>`.
    ArcContent(Type),
    /// The type `T` that is borrowed from a field of type `Arc<T>` or `T`.
    Borrowed(Type),
    /// The field's own type.
    FieldType(Type),
}

impl Parameter {
    pub(crate) fn new(name: &str, attributes: &[Attribute], ty: &Type) -> Parameter {
        let mark = attributes.iter().find_map(attr::mark);
        let (kind, key) = match (mark, ungrouped(ty)) {
            (Some(Mark::Inner), ty) => (ParameterKind::Inner, FieldKey::FieldType(ty.clone())),
            (Some(Mark::Assisted), ty) => (ParameterKind::Assisted, FieldKey::FieldType(ty.clone())),
            (None, Type::Reference(TypeReference { elem, .. })) => {
                (ParameterKind::Borrowed, FieldKey::Borrowed((**elem).clone()))
            }
            (None, ty) => (ParameterKind::Owned, FieldKey::of_owned(ty)),
        };
        let name = name.trim_start_matches('_').to_owned();
        Parameter { name, attributes: attributes.to_vec(), ty: ty.clone(), kind, key }
    }
}

impl FieldKey {
    fn of_owned(ty: &Type) -> FieldKey {
        match arc_content(ty) {
            Some(content) => FieldKey::ArcContent(content.clone()),
            None => FieldKey::FieldType(ty.clone()),
        }
    }

    pub(crate) fn ty(&self) -> &Type {
        match self {
            FieldKey::ArcContent(ty) | FieldKey::Borrowed(ty) | FieldKey::FieldType(ty) => ty,
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.ty().span()
    }
}
