//! Parsers for the attributes of a container and of its fields.

use proc_macro2::Ident;
use syn::meta::ParseNestedMeta;
use syn::parse::Parse;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Meta, Result, Token, Type};

use super::member::Member;
use super::provide::Provide;
use crate::syntax::attributes::attribute_name;
use crate::syntax::errors::Errors;
use crate::syntax::suggestion::nearest;

/// The attributes that define the source of a field.
const SOURCES: [&str; 11] =
    ["input", "component", "provide", "alias", "module", "import", "collect", "lazy", "factory", "absent", "shaku"];

/// The attribute that defines the source of a field.
pub(crate) enum SourceAttribute {
    Input,
    Absent,
    Module,
    /// `#[component]` or `#[component(Type)]`
    Component(Option<Type>),
    Provide(Provide),
    Alias(Ident),
    Import(Ident),
    Shaku(Ident),
    Collect(Vec<Member>),
    Lazy(Type),
    Factory(Type),
}

impl SourceAttribute {
    /// Parses an attribute that [`sources`] returned. If it is invalid, adds the error to `errors`.
    ///
    /// An `#[input]` with arguments adds an error, but remains an input, so that `builder` keeps its parameters.
    pub(crate) fn parse(attribute: &Attribute, errors: &mut Errors) -> Option<SourceAttribute> {
        let parsed = match attribute_name(attribute).as_str() {
            "input" => {
                errors.keep(no_arguments(attribute));
                Ok(SourceAttribute::Input)
            }
            "absent" => no_arguments(attribute).map(|()| SourceAttribute::Absent),
            "module" => no_arguments(attribute).map(|()| SourceAttribute::Module),
            "component" => match &attribute.meta {
                Meta::Path(_) => Ok(SourceAttribute::Component(None)),
                _ => argument(attribute, "Type").map(|ty| SourceAttribute::Component(Some(ty))),
            },
            "provide" => match &attribute.meta {
                Meta::List(list) if !list.tokens.is_empty() => list.parse_args(),
                _ => argument(attribute, "function"),
            }
            .map(SourceAttribute::Provide),
            "import" => argument(attribute, "module").map(SourceAttribute::Import),
            "shaku" => argument(attribute, "module").map(SourceAttribute::Shaku),
            "collect" => collected(attribute).map(SourceAttribute::Collect),
            "lazy" => argument(attribute, "Type").map(SourceAttribute::Lazy),
            "factory" => argument(attribute, "Type").map(SourceAttribute::Factory),
            _ => argument(attribute, "field").map(SourceAttribute::Alias),
        };
        errors.keep(parsed)
    }
}

/// Returns the attributes of a field that define its source. A valid field has exactly one.
pub(crate) fn sources(field: &syn::Field) -> impl Iterator<Item = &Attribute> {
    field.attrs.iter().filter(|attribute| SOURCES.contains(&attribute_name(attribute).as_str()))
}

/// Returns whether an attribute of a field looks like a misspelled source. The compiler reports unknown attributes
/// itself, and suggests the nearest name.
pub(crate) fn has_misspelled_source(field: &syn::Field) -> bool {
    field.attrs.iter().any(|attribute| nearest(&attribute_name(attribute), SOURCES).is_some())
}

/// Returns whether a field is marked `#[input]`.
pub(crate) fn is_input(field: &syn::Field) -> bool {
    field.attrs.iter().any(|attribute| attribute_name(attribute) == "input")
}

/// `#[decorate(A, B)]`
pub(crate) struct Decorate {
    pub(crate) attribute: Attribute,
    /// The decorators, innermost first.
    pub(crate) decorators: Vec<Type>,
}

/// Parses the `#[decorate(..)]` of a field, if it has one.
pub(crate) fn decorate(field: &syn::Field) -> Result<Option<Decorate>> {
    let Some(attribute) = field.attrs.iter().find(|attribute| attribute_name(attribute) == "decorate") else {
        return Ok(None);
    };
    let decorators = match &attribute.meta {
        Meta::List(list) => list.parse_args_with(Punctuated::<Type, Token![,]>::parse_terminated)?,
        _ => Punctuated::new(),
    };
    if decorators.is_empty() {
        let message = "`#[decorate]` needs the decorators, innermost first: `#[decorate(Retrying, Metered)]`";
        return Err(Error::new_spanned(attribute, message));
    }
    Ok(Some(Decorate { attribute: attribute.clone(), decorators: decorators.into_iter().collect() }))
}

/// Parses `#[container(deny(unused))]`, and returns whether it is present.
pub(crate) fn denies_unused(attributes: &[Attribute]) -> Result<bool> {
    let mut denies_unused = false;
    for attribute in attributes.iter().filter(|attribute| attribute_name(attribute) == "container") {
        let expect = |meta: &ParseNestedMeta<'_>, name: &str| {
            if meta.path.is_ident(name) {
                return Ok(());
            }
            Err(meta.error("unknown option: the only option of a container is `#[container(deny(unused))]`"))
        };
        attribute.parse_nested_meta(|meta| {
            expect(&meta, "deny")?;
            meta.parse_nested_meta(|meta| {
                expect(&meta, "unused")?;
                denies_unused = true;
                Ok(())
            })
        })?;
    }
    Ok(denies_unused)
}

/// Checks that an attribute has no arguments.
fn no_arguments(attribute: &Attribute) -> Result<()> {
    match &attribute.meta {
        Meta::Path(_) => Ok(()),
        other => {
            let name = attribute_name(attribute);
            Err(Error::new_spanned(other, format!("`#[{name}]` takes no arguments")))
        }
    }
}

/// Parses the only argument of an attribute. `placeholder` stands for the argument in messages.
fn argument<T: Parse>(attribute: &Attribute, placeholder: &str) -> Result<T> {
    let name = attribute_name(attribute);
    match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => list.parse_args().map_err(|error| {
            let message = format!("expected `#[{name}({placeholder})]`: {error}");
            Error::new(error.span(), message)
        }),
        other => {
            let message = format!("`#[{name}]` needs an argument: `#[{name}({placeholder})]`");
            Err(Error::new_spanned(other, message))
        }
    }
}

fn collected(attribute: &Attribute) -> Result<Vec<Member>> {
    let Meta::List(list) = &attribute.meta else {
        let message = "`#[collect]` needs the fields: `#[collect(catalog, store)]`, or `#[collect(\"disk\" = store)]` for a \
                       map";
        return Err(Error::new_spanned(attribute, message));
    };
    Ok(list.parse_args_with(Punctuated::<Member, Token![,]>::parse_terminated)?.into_iter().collect())
}
