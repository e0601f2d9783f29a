use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Error, FieldsNamed, Meta, Path, Type, Visibility};

use super::rules;
use crate::types::arc_content;

/// A struct that derives `Container`.
pub(super) struct Container {
    pub(super) name: Ident,
    pub(super) visibility: Visibility,
    pub(super) fields: Vec<Field>,
}

/// A field of it. Its place among the fields is the index of its node.
pub(super) struct Field {
    pub(super) name: Ident,
    pub(super) ty: Type,
    pub(super) docs: Vec<Attribute>,
    pub(super) source: Source,
    /// Whether an earlier field has the same type.
    pub(super) is_duplicate: bool,
}

/// How a field is made.
pub(super) enum Source {
    Input,
    Component(Type),
    Provide(Path),
    Alias {
        target: Ident,
    },
    /// In error.
    Unknown,
}

impl Container {
    /// Reads the fields. What is wrong goes to `errors`, and leaves a field whose source is unknown.
    pub(super) fn new(input: &DeriveInput, fields: &FieldsNamed, errors: &mut Vec<Error>) -> Container {
        let names: Vec<Ident> = fields.named.iter().filter_map(|field| field.ident.clone()).collect();
        let mut read: Vec<Field> = Vec::new();
        for (field, name) in fields.named.iter().zip(&names) {
            let source = Source::read(name, field, &names).unwrap_or_else(|error| {
                errors.extend(error);
                Source::Unknown
            });
            let twin = read.iter().find(|other| rules::same_type(&other.ty, &field.ty));
            errors.extend(twin.map(|twin| rules::two_of_a_type(&input.ident, name, &field.ty, &twin.name)));
            read.push(Field {
                name: name.clone(),
                ty: field.ty.clone(),
                docs: field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect(),
                source,
                is_duplicate: twin.is_some(),
            });
        }
        Container { name: input.ident.clone(), visibility: input.vis.clone(), fields: read }
    }

    /// The builder's type, such as `AppBuilder`.
    pub(super) fn builder(&self) -> Ident {
        builder(&self.name)
    }

    /// The slice's type, such as `AppSlice`.
    pub(super) fn slice(&self) -> Ident {
        slice(&self.name)
    }

    /// The struct of the fields while they are being built.
    pub(super) fn partial(&self) -> Ident {
        format_ident!("__{}Fields", self.name.unraw())
    }

    /// Index of the field's node.
    pub(super) fn index(&self, name: &Ident) -> usize {
        self.fields.iter().position(|field| field.name == *name).expect("the rules have checked the name")
    }
}

pub(super) fn builder(container: &Ident) -> Ident {
    format_ident!("{}Builder", container.unraw(), span = container.span())
}

pub(super) fn slice(container: &Ident) -> Ident {
    format_ident!("{}Slice", container.unraw(), span = container.span())
}

impl Field {
    /// `T` of a field of type `Arc<T>`.
    pub(super) fn arc_content(&self) -> Option<&Type> {
        arc_content(&self.ty)
    }

    pub(super) fn is_input(&self) -> bool {
        matches!(self.source, Source::Input)
    }

    /// The setter, such as `with_clock`.
    pub(super) fn setter(&self) -> Ident {
        setter(&self.name)
    }

    /// Where to report what is wrong with how the field is made.
    pub(super) fn source_span(&self) -> Span {
        match &self.source {
            Source::Component(ty) => ty.span(),
            Source::Provide(path) => path.span(),
            Source::Alias { target } => target.span(),
            Source::Input | Source::Unknown => self.name.span(),
        }
    }
}

pub(super) fn setter(field: &Ident) -> Ident {
    format_ident!("with_{}", field.unraw(), span = field.span())
}

impl Source {
    /// What the attributes say. An error without a text is one that the compiler reports by itself.
    fn read(name: &Ident, field: &syn::Field, names: &[Ident]) -> Result<Source, Option<Error>> {
        let attribute = rules::one_source(name, field)?;
        let source = match rules::attribute_name(attribute).as_str() {
            "input" => rules::bare(attribute).map(|()| Source::Input),
            "component" => match &attribute.meta {
                Meta::Path(_) => Ok(Source::Component(arc_content(&field.ty).unwrap_or(&field.ty).clone())),
                _ => rules::argument(attribute, "Type").map(Source::Component),
            },
            "provide" => rules::argument(attribute, "function").map(Source::Provide),
            _ => rules::argument(attribute, "field").and_then(|target| {
                rules::another_field(name, &target, names)?;
                Ok(Source::Alias { target })
            }),
        };
        source.map_err(Some)
    }
}
