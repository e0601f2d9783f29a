//! Every rule that can refuse a container, each error on the user's own token.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::Parse;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Fields, FieldsNamed, Meta, Result, Token, Type};

use super::model::{Field, Source};
use crate::text::{nearest, source_text};
use crate::types::{arc_content, arguments, component_type, ungrouped};

/// The attributes that say how a field is made.
const SOURCES: [&str; 11] =
    ["input", "component", "provide", "alias", "module", "import", "collect", "lazy", "factory", "absent", "shaku"];

/// Methods of a builder, which no method of a module may hide.
const BUILDER_METHODS: [&str; 6] = ["build", "build_sync", "start", "get", "strict", "options"];

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
             #[alias(field)]       another view of another field\n  and `module`, `import`, `collect`, `lazy`, `factory`, \
             `absent` and `shaku`, as di_core::Container explains"
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

/// A field's own type can be built only if it is one.
pub(super) fn buildable(attribute: &Attribute, name: &Ident, ty: &Type) -> Result<()> {
    if !matches!(ungrouped(component_type(ty)), Type::TraitObject(_)) {
        return Ok(());
    }
    let text = source_text(ty);
    let message = format!("`{text}` does not say which component it is: write `#[component(Type)] {name}: {text}`");
    Err(Error::new_spanned(attribute, message))
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
            None if known.is_empty() => "there is no other".to_owned(),
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

pub(super) fn two_of_a_type(container: &Ident, name: &Ident, ty: &Type, twin: &Ident) -> Error {
    let text = source_text(ty);
    let tag = pascal_case(&name.unraw().to_string());
    let message = format!(
        "`{twin}` and `{name}` of `{container}` both are of type `{text}`, so that a parameter of this type could mean \
         either: give one of them a type of its own, `Tagged<{tag}, {text}>`, with a `struct {tag};`"
    );
    Error::new(ty.span(), message)
}

/// `read_only_store` as `ReadOnlyStore`.
fn pascal_case(name: &str) -> String {
    let capital = |word: &str| {
        let mut characters = word.chars();
        characters.next().map(|first| first.to_uppercase().chain(characters).collect::<String>())
    };
    name.split('_').filter_map(capital).collect()
}

/// The decorators of a field, which has to be of a kind that can have some.
pub(super) fn decorators(field: &syn::Field, source: &Source) -> Result<Vec<Type>> {
    let Some(attribute) = field.attrs.iter().find(|attribute| attribute_name(attribute) == "decorate") else {
        return Ok(Vec::new());
    };
    let listed = match &attribute.meta {
        Meta::List(list) => list.parse_args_with(Punctuated::<Type, Token![,]>::parse_terminated)?,
        _ => Punctuated::new(),
    };
    if listed.is_empty() {
        let message = "name the decorators, innermost first: `#[decorate(Retrying, Metered)]`";
        return Err(Error::new_spanned(attribute, message));
    }
    match source {
        Source::Component(_) | Source::Provide(_) | Source::Alias { .. } | Source::Import { .. } | Source::Unknown => {
            Ok(listed.into_iter().collect())
        }
        _ => {
            let message =
                "only what is built here can be decorated: `#[component]`, `#[provide]`, `#[alias]` or `#[import]`";
            Err(Error::new_spanned(attribute, message))
        }
    }
}

/// An import names a field that is a container: a module, or an input.
pub(super) fn importable(fields: &[Field], field: &Field) -> Result<()> {
    let Source::Import { module } = &field.source else { return Ok(()) };
    match fields.iter().find(|other| other.name == *module).map(|other| &other.source) {
        Some(Source::Module | Source::Input | Source::Unknown) | None => Ok(()),
        Some(_) => {
            let message =
                format!("`{module}` is no container to import from: name a `#[module]`, or an `#[input]` that is one");
            Err(Error::new(module.span(), message))
        }
    }
}

/// `#[absent]` leaves an option empty.
pub(super) fn absent(name: &Ident, ty: &Type) -> Result<()> {
    if arguments(ty, "Option").is_some() {
        return Ok(());
    }
    let text = source_text(ty);
    let message = format!("`{name}` cannot be absent, since it is no option: make it an `Option<{text}>`");
    Err(Error::new(ty.span(), message))
}

/// The builder has a method named for each module.
pub(super) fn module_name(name: &Ident) -> Result<()> {
    if !BUILDER_METHODS.contains(&name.unraw().to_string().as_str()) {
        return Ok(());
    }
    let message = format!("a module cannot be named `{name}`: the builder has a method of this name");
    Err(Error::new(name.span(), message))
}

/// The fields that a `Vec` collects.
pub(super) fn collect(name: &Ident, attribute: &Attribute, ty: &Type, names: &[Ident]) -> Result<Vec<Ident>> {
    if arguments(ty, "Vec").is_none() {
        let message = format!("`{name}` collects fields, so it is a `Vec<..>`");
        return Err(Error::new(ty.span(), message));
    }
    let Meta::List(list) = &attribute.meta else {
        return Err(Error::new_spanned(attribute, "name the fields: `#[collect(catalog, store)]`"));
    };
    let targets = list.parse_args_with(Punctuated::<Ident, Token![,]>::parse_terminated)?;
    for target in &targets {
        another_field(name, target, names)?;
    }
    Ok(targets.into_iter().collect())
}

/// `T` of a `Lazy<T>`.
pub(super) fn lazy<'a>(name: &Ident, ty: &'a Type) -> Result<&'a Type> {
    match arguments(ty, "Lazy").as_deref() {
        Some([content]) => Ok(content),
        _ => {
            let message =
                format!("`{name}` is constructed on first use, so it is a `Lazy<..>`, such as `Lazy<dyn Report>`");
            Err(Error::new(ty.span(), message))
        }
    }
}

/// Whether a factory is a sync one, its arguments, a tuple, and what it makes.
pub(super) fn factory<'a>(name: &Ident, ty: &'a Type) -> Result<(bool, &'a Type, &'a Type)> {
    for (wrapper, is_sync) in [("Factory", false), ("SyncFactory", true)] {
        if let Some([arguments @ Type::Tuple(_), content]) = arguments(ty, wrapper).as_deref() {
            return Ok((is_sync, arguments, content));
        }
    }
    let message = format!(
        "`{name}` makes components from arguments, so it is a `Factory<(A,), ..>` or a `SyncFactory<(A,), ..>`, its \
         arguments a tuple, such as `Factory<(UserId,), dyn Session>`"
    );
    Err(Error::new(ty.span(), message))
}

/// The options of a container: whether it denies unused fields.
pub(super) fn options(attributes: &[Attribute]) -> Result<bool> {
    let mut denies_unused = false;
    for attribute in attributes.iter().filter(|attribute| attribute_name(attribute) == "container") {
        let known = |meta: &syn::meta::ParseNestedMeta<'_>, name: &str| {
            if meta.path.is_ident(name) {
                return Ok(());
            }
            Err(meta.error("a container has one option: `#[container(deny(unused))]`"))
        };
        attribute.parse_nested_meta(|meta| {
            known(&meta, "deny")?;
            meta.parse_nested_meta(|meta| {
                known(&meta, "unused")?;
                denies_unused = true;
                Ok(())
            })
        })?;
    }
    Ok(denies_unused)
}

/// `T` of an `Arc<T>`, which is what a module of shaku resolves to.
pub(super) fn interface<'a>(name: &Ident, ty: &'a Type) -> Result<&'a Type> {
    arc_content(ty).ok_or_else(|| {
        let message = format!("`{name}` comes from a module of shaku, so it is an `Arc<dyn ..>`");
        Error::new(ty.span(), message)
    })
}
