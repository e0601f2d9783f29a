//! Parsers for the attributes of a container and of its fields.

use proc_macro2::Ident;
use syn::meta::ParseNestedMeta;
use syn::parse::Parse;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Meta, Result, Token, Type};

use super::arguments::{self, Arguments, ComponentArguments, NO_TIMEOUT, NamedParameter, WithArguments};
use super::choose::Choose;
use super::member::Member;
use super::provide::Provide;
use crate::syntax::attributes::attribute_name;
use crate::syntax::errors::Errors;
use crate::syntax::suggestion::nearest;

/// The attributes that define the source of a field.
const SOURCES: [&str; 12] = [
    "input",
    "component",
    "provide",
    "choose",
    "alias",
    "module",
    "import",
    "collect",
    "lazy",
    "factory",
    "absent",
    "shaku",
];

/// The attribute that defines the source of a field.
pub(crate) enum SourceAttribute {
    /// `#[input]`, or `#[input(no_hooks)]` if another host calls the hooks of the value.
    Input {
        may_have_hooks: bool,
    },
    Absent,
    Module,
    /// `#[component]` or `#[component(Type)]`
    Component(Option<Type>),
    Provide(Provide),
    Choose(Choose),
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
    pub(crate) fn parse(attribute: &Attribute, errors: &mut Errors) -> Option<(SourceAttribute, Arguments)> {
        let plain = |source| (source, Arguments::default());
        let parsed = match attribute_name(attribute).as_str() {
            "input" => {
                let may_have_hooks = errors.keep(input_hooks(attribute)).unwrap_or(true);
                Ok(plain(SourceAttribute::Input { may_have_hooks }))
            }
            "absent" => no_arguments(attribute).map(|()| plain(SourceAttribute::Absent)),
            "module" => match &attribute.meta {
                Meta::Path(_) => Ok(plain(SourceAttribute::Module)),
                _ => argument(attribute, "input = field")
                    .and_then(|arguments| Ok((SourceAttribute::Module, without_timeout(arguments)?))),
            },
            "component" => match &attribute.meta {
                Meta::Path(_) => Ok(plain(SourceAttribute::Component(None))),
                _ => argument(attribute, "Type").map(|ComponentArguments { component, arguments }| {
                    (SourceAttribute::Component(component), arguments)
                }),
            },
            "provide" => match &attribute.meta {
                Meta::List(list) if !list.tokens.is_empty() => list.parse_args(),
                _ => argument(attribute, "function"),
            }
            .and_then(|WithArguments { value, arguments }| {
                provide_arguments(&value, &arguments)?;
                Ok((SourceAttribute::Provide(value), arguments))
            }),
            "choose" => {
                argument(attribute, "field, Pattern => Type").map(|choose| plain(SourceAttribute::Choose(choose)))
            }
            "import" => argument(attribute, "module").map(|module| plain(SourceAttribute::Import(module))),
            "shaku" => argument(attribute, "module").map(|module| plain(SourceAttribute::Shaku(module))),
            "collect" => collected(attribute).map(|members| plain(SourceAttribute::Collect(members))),
            "lazy" => argument(attribute, "Type").and_then(|WithArguments { value, arguments }| {
                Ok((SourceAttribute::Lazy(value), without_timeout(arguments)?))
            }),
            "factory" => argument(attribute, "Type").and_then(|WithArguments { value, arguments }| {
                Ok((SourceAttribute::Factory(value), without_timeout(arguments)?))
            }),
            _ => argument(attribute, "field").map(|target| plain(SourceAttribute::Alias(target))),
        };
        errors.keep(parsed)
    }
}

/// Parses `#[input]` or `#[input(no_hooks)]`, and returns whether the hooks of the value matter.
fn input_hooks(attribute: &Attribute) -> Result<bool> {
    match &attribute.meta {
        Meta::Path(_) => Ok(true),
        Meta::List(list) if list.tokens.to_string() == "no_hooks" => Ok(false),
        other => Err(Error::new_spanned(other, "`#[input]` takes no argument other than `no_hooks`")),
    }
}

/// Checks that there is no timeout.
fn without_timeout(arguments: Arguments) -> Result<Arguments> {
    match &arguments.timeout {
        Some(timeout) => Err(Error::new(timeout.name.span(), NO_TIMEOUT)),
        None => Ok(arguments),
    }
}

/// Checks that only a function with `#[provider]` has arguments: the parameters of other functions have no names, and
/// are not async.
fn provide_arguments(provide: &Provide, arguments: &Arguments) -> Result<()> {
    if matches!(provide, Provide::Provider(_)) {
        return Ok(());
    }
    let timeout = arguments.timeout.as_ref().map(|timeout| &timeout.name);
    match timeout.or(arguments.named.first().map(|named| &named.parameter)) {
        None => Ok(()),
        Some(name) => {
            let message = "only a function with `#[provider]` takes a timeout or the fields of its parameters";
            Err(Error::new(name.span(), message))
        }
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

/// Parses `#[if_needed]`, and returns whether the field has it.
pub(crate) fn is_if_needed(field: &syn::Field) -> Result<bool> {
    match field.attrs.iter().find(|attribute| attribute_name(attribute) == "if_needed") {
        Some(attribute) => no_arguments(attribute).map(|()| true),
        None => Ok(false),
    }
}

/// `#[decorate(A, B)]`
pub(crate) struct Decorate {
    pub(crate) attribute: Attribute,
    /// The decorators, innermost first.
    pub(crate) decorators: Vec<Type>,
    /// The named parameters of each decorator.
    pub(crate) named: Vec<Vec<NamedParameter>>,
}

/// Parses the `#[decorate(..)]` of a field, if it has one.
pub(crate) fn decorate(field: &syn::Field) -> Result<Option<Decorate>> {
    let Some(attribute) = field.attrs.iter().find(|attribute| attribute_name(attribute) == "decorate") else {
        return Ok(None);
    };
    let decorators = match &attribute.meta {
        Meta::List(list) => arguments::decorators(list.tokens.clone())?,
        _ => Vec::new(),
    };
    if decorators.is_empty() {
        let message = "`#[decorate]` needs the decorators, innermost first: `#[decorate(Retrying, Metered)]`";
        return Err(Error::new_spanned(attribute, message));
    }
    let (mut types, mut named) = (Vec::new(), Vec::new());
    for decorator in decorators {
        types.push(decorator.decorator);
        named.push(decorator.named);
    }
    Ok(Some(Decorate { attribute: attribute.clone(), decorators: types, named }))
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
