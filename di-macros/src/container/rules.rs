//! Every rule that can refuse a container, each error on the user's own token.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::Parse;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Fields, FieldsNamed, Meta, Result, Type};

use crate::text::{nearest, source_text};

/// The attributes that say how a field is made.
const SOURCES: [&str; 4] = ["input", "component", "provide", "alias"];

/// A container is a struct with named fields, and not generic.
pub(super) fn shape(input: &DeriveInput) -> Result<&FieldsNamed> {
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => return Err(Error::new(data.enum_token.span, "a container is a struct, not an enum")),
        Data::Union(data) => return Err(Error::new(data.union_token.span, "a container is a struct, not a union")),
    };
    if let Some(parameter) = input.generics.params.first() {
        let message = "a container cannot be generic: it is where the types are chosen, so that the compiler can check \
                       it as it stands; the components may be generic";
        return Err(Error::new_spanned(parameter, message));
    }
    match fields {
        Fields::Named(fields) => Ok(fields),
        Fields::Unnamed(fields) => {
            let message = "a container's fields have names: builder, graph and messages go by them";
            Err(Error::new(fields.paren_token.span.open(), message))
        }
        Fields::Unit => Err(Error::new(input.ident.span(), "a container has fields: write `struct .. { }`")),
    }
}

/// Name of an attribute in a single word, or nothing.
pub(super) fn attribute_name(attribute: &Attribute) -> String {
    attribute.path().get_ident().map(|ident| ident.unraw().to_string()).unwrap_or_default()
}

/// The one attribute that says how the field is made.
pub(super) fn one_source<'a>(name: &Ident, field: &'a syn::Field) -> std::result::Result<&'a Attribute, Option<Error>> {
    let is_source = |attribute: &&Attribute| SOURCES.contains(&attribute_name(attribute).as_str());
    let mut sources = field.attrs.iter().filter(is_source);
    let Some(first) = sources.next() else {
        // The compiler reports a misspelt attribute by itself, with the nearest name.
        let is_misspelt = |attribute: &Attribute| nearest(&attribute_name(attribute), SOURCES).is_some();
        if field.attrs.iter().any(is_misspelt) {
            return Err(None);
        }
        let message = format!(
            "nothing says how `{name}` is made: put one of these on it\n  #[input]              the caller supplies it\n  \
             #[component(Type)]    by the constructor of a component\n  #[provide(function)]  by a function\n  \
             #[alias(field)]       another view of another field"
        );
        return Err(Some(Error::new(name.span(), message)));
    };
    match sources.next() {
        None => Ok(first),
        Some(second) => {
            let (first, second_name) = (attribute_name(first), attribute_name(second));
            let message =
                format!("`{name}` is made in two ways, by `#[{first}]` and by `#[{second_name}]`: leave one out");
            Err(Some(Error::new_spanned(second, message)))
        }
    }
}

/// An attribute without arguments.
pub(super) fn bare(attribute: &Attribute) -> Result<()> {
    match &attribute.meta {
        Meta::Path(_) => Ok(()),
        other => {
            let name = attribute_name(attribute);
            Err(Error::new_spanned(other, format!("`#[{name}]` takes no arguments")))
        }
    }
}

/// The argument of an attribute that has exactly one.
pub(super) fn argument<T: Parse>(attribute: &Attribute, what: &str) -> Result<T> {
    let name = attribute_name(attribute);
    match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => list.parse_args().map_err(|error| {
            let message = format!("write `#[{name}({what})]`: {error}");
            Error::new(error.span(), message)
        }),
        other => Err(Error::new_spanned(other, format!("`#[{name}]` needs an argument: `#[{name}({what})]`"))),
    }
}

/// `target` is a field, and not the one that names it.
pub(super) fn another_field(name: &Ident, target: &Ident, names: &[Ident]) -> Result<()> {
    if !names.contains(target) {
        let known: Vec<_> =
            names.iter().filter(|known| *known != name).map(|known| known.unraw().to_string()).collect();
        let hint = match nearest(&target.unraw().to_string(), known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the others are {}", known.join(", ")),
        };
        return Err(Error::new(target.span(), format!("there is no field `{target}`: {hint}")));
    }
    if target == name {
        let message = format!("`{name}` cannot be an alias of itself: name the field that it is another view of");
        return Err(Error::new(target.span(), message));
    }
    Ok(())
}

/// Whether two types are written alike. The compiler finds those that are the same all the same.
pub(super) fn same_type(one: &Type, other: &Type) -> bool {
    source_text(one) == source_text(other)
}

pub(super) fn two_of_a_type(container: &Ident, name: &Ident, ty: &Type, twin: &Ident) -> Error {
    let text = source_text(ty);
    let message = format!(
        "`{twin}` and `{name}` of `{container}` both are of type `{text}`, so that a parameter of this type could mean \
         either: give one of them a type of its own"
    );
    Error::new(ty.span(), message)
}
