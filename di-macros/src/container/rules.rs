//! The rules for containers. Each error is reported on the token that the user wrote.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, FieldsNamed, Result, Type};

use super::arguments::NamedParameter;
use super::member::Member;
use super::model::{Container, Field, Mistake, RequiredType, Source};
use super::provide::Provide;
use crate::syntax::attributes::attribute_name;
use crate::syntax::errors::Errors;
use crate::syntax::source_text::source_text;
use crate::syntax::suggestion::nearest;
use crate::syntax::types::ungrouped;

/// The methods of a builder, which a module's method must not hide.
const BUILDER_METHODS: [&str; 10] =
    ["build", "build_sync", "start", "run_until", "run_until_signal", "open", "scoped", "get", "strict", "options"];

/// Checks that a container is a non-generic struct with named fields, and returns the fields.
pub(crate) fn named_fields(input: &DeriveInput) -> Result<&FieldsNamed> {
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => return Err(Error::new(data.enum_token.span, "a container must be a struct, not an enum")),
        Data::Union(data) => {
            return Err(Error::new(data.union_token.span, "a container must be a struct, not a union"));
        }
    };
    if let Some(parameter) = input.generics.params.first() {
        let message = "a container cannot be generic, because its wiring is checked for concrete types: make the \
                       components generic instead, and choose their types here";
        return Err(Error::new_spanned(parameter, message));
    }
    match fields {
        Fields::Named(fields) => Ok(fields),
        Fields::Unnamed(fields) => {
            let message =
                "a container needs named fields, which its builder and its graph refer to: write `struct .. { .. }`";
            Err(Error::new(fields.paren_token.span.open(), message))
        }
        Fields::Unit => Err(Error::new(input.ident.span(), "a container needs fields: write `struct .. { }`")),
    }
}

/// Checks the fields of a container. Each mistake adds an error, and makes the source of its field invalid.
pub(crate) fn check(container: &mut Container, errors: &mut Errors) {
    for index in 0..container.fields.len() {
        let field = &container.fields[index];
        let source = source(container, field);
        let unique_type = unique_type(container, field);
        if errors.keep(source).is_none() {
            container.fields[index].source = Source::Invalid(Mistake::Reported);
            container.fields[index].forget_named_parameters();
        }
        errors.keep(unique_type);
        if errors.keep(decorated(&container.fields[index])).is_none() {
            container.fields[index].decorate = None;
        }
    }
    for index in 0..container.fields.len() {
        if errors.keep(importable(container, &container.fields[index])).is_none() {
            container.fields[index].source = Source::Invalid(Mistake::Reported);
        }
    }
}

/// Checks that the fields of named parameters exist, and that no two have the same type.
fn named_parameters(container: &Container, field: &Field) -> Result<()> {
    let of_decorators = field.decorate.iter().flat_map(|decorate| &decorate.named);
    let of_alternatives = field.alternatives().iter().map(|alternative| &alternative.named);
    for named in std::iter::once(&field.arguments.named).chain(of_alternatives).chain(of_decorators) {
        for (index, NamedParameter { parameter, field: target }) in named.iter().enumerate() {
            other_field(container, field, target)?;
            let key = |name: &Ident| source_text(container.field(name).untagged());
            if let Some(other) = named[..index].iter().find(|other| key(&other.field) == key(target)) {
                let message = format!(
                    "`{}` and `{parameter}` have the same type, by which parameters are distinguished: write a \
                     `#[provider]` that passes `{}` and `{target}` to the constructor",
                    other.parameter, other.field
                );
                return Err(Error::new(parameter.span(), message));
            }
        }
    }
    Ok(())
}

fn source(container: &Container, field: &Field) -> Result<()> {
    named_parameters(container, field)?;
    match &field.source {
        Source::Invalid(mistake) => invalid(field, mistake),
        Source::Module { container } => module_type(container).and_then(|()| module_name(&field.name)),
        Source::Choose(choose) => other_field(container, field, &choose.selector),
        Source::Alias { target } => other_field(container, field, target),
        Source::Provide(Provide::FieldPath { field: target, .. }) => other_field(container, field, target),
        Source::Import { module } | Source::Shaku { module, .. } => other_field(container, field, module),
        Source::Collect { members } => collected(container, field, members),
        Source::Input { .. }
        | Source::Absent
        | Source::Component(_)
        | Source::Provide(_)
        | Source::Lazy { .. }
        | Source::Factory { .. } => Ok(()),
    }
}

fn invalid(field: &Field, mistake: &Mistake) -> Result<()> {
    let name = &field.name;
    match mistake {
        Mistake::Reported => Ok(()),
        Mistake::Missing => {
            let message = format!(
                "`{name}` has no attribute that defines how it is made: add one of these\n  \
                 #[input]              supplied by the caller\n  \
                 #[component(Type)]    made by the constructor of a component\n  \
                 #[provide(function)]  returned by a function\n  \
                 #[alias(field)]       a clone of another field\n  \
                 or `choose`, `module`, `import`, `collect`, `lazy`, `factory`, `absent`, `shaku`; see the documentation of \
                 `di_core::Container`"
            );
            Err(Error::new(name.span(), message))
        }
        Mistake::Ambiguous { first, second } => {
            let (first, second_name) = (attribute_name(first), attribute_name(second));
            let message = format!("`{name}` has both `#[{first}]` and `#[{second_name}]`: remove one");
            Err(Error::new_spanned(second, message))
        }
        Mistake::BareTraitObject(attribute) => {
            let text = &field.type_text;
            let message = format!("`{text}` does not name a component: write `#[component(Type)] {name}: {text}`");
            Err(Error::new_spanned(attribute, message))
        }
        Mistake::NeverBuilt => {
            let message = format!("`{name}` is not built, whether it is needed or not: remove `#[if_needed]`");
            Err(Error::new(name.span(), message))
        }
        Mistake::WrongType(required) => Err(Error::new(field.ty.span(), wrong_type(field, required))),
    }
}

fn wrong_type(field: &Field, required: &RequiredType) -> String {
    let (name, text) = (&field.name, &field.type_text);
    match required {
        RequiredType::Option => format!("an `#[absent]` field must be an `Option`: make `{name}` an `Option<{text}>`"),
        RequiredType::IfNeeded => format!(
            "a field with `#[if_needed]` must be an `Option`, which is `None` if nothing needed it: make `{name}` an \
             `Option<{text}>`"
        ),
        RequiredType::Vec => format!(
            "a `#[collect(..)]` field must be a `Vec`: make `{name}` a `Vec<..>`, or, for a map, give each field a key, as \
             in `#[collect(\"disk\" = store)]`"
        ),
        RequiredType::Map => {
            format!(
                "a `#[collect(..)]` field with keys must be a map: make `{name}` a `BTreeMap<..>` or a `HashMap<..>`"
            )
        }
        RequiredType::Arc => format!("a `#[shaku(..)]` field must be an `Arc`: make `{name}` an `Arc<dyn ..>`"),
        RequiredType::Lazy => {
            format!(
                "a `#[lazy(..)]` field must be a `Lazy` or a `SyncLazy`: make `{name}` a `Lazy<..>`, such as \
                 `Lazy<dyn Report>`"
            )
        }
        RequiredType::Factory => format!(
            "a `#[factory(..)]` field must be a `Factory`, a `BoxFactory`, or one of their sync variants, with a tuple of \
             arguments: make `{name}` a `Factory<(A,), ..>` or a `SyncFactory<(A,), ..>`, such as \
             `Factory<(UserId,), dyn Session>`"
        ),
    }
}

/// Checks that the members of a collection are other fields, and that each has its own key in a map.
fn collected(container: &Container, field: &Field, members: &[Member]) -> Result<()> {
    let has_keys = members.iter().any(|member| member.key.is_some());
    for (index, member) in members.iter().enumerate() {
        // A field with `#[cfg]` may be absent. The generated code reports it if the member is not.
        if member.cfgs.is_empty() || container.find_field(&member.field).is_some() {
            other_field(container, field, &member.field)?;
        }
        if has_keys && member.key.is_none() {
            let message = format!("`{0}` has no key: write `\"{0}\" = {0}`", member.field);
            return Err(Error::new(member.field.span(), message));
        }
        if members[..index].iter().any(|before| member.conflicts_with(before)) {
            return Err(Error::new_spanned(&member.key, "duplicate key: each field of a map needs its own key"));
        }
    }
    Ok(())
}

/// Checks that `target` names a field other than `field`.
fn other_field(container: &Container, field: &Field, target: &Ident) -> Result<()> {
    let name = &field.name;
    if target == name {
        let message = format!("`{name}` cannot refer to itself: name another field");
        return Err(Error::new(target.span(), message));
    }
    if container.fields.iter().any(|other| other.name == *target) {
        return Ok(());
    }
    let others: Vec<_> = container.fields.iter().map(|other| &other.name).filter(|other| *other != name).collect();
    let others: Vec<String> = others.iter().map(|other| other.unraw().to_string()).collect();
    let hint = match nearest(&target.unraw().to_string(), others.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if others.is_empty() => "the container has no other field".to_owned(),
        None => format!("the other fields are {}", others.join(", ")),
    };
    Err(Error::new(target.span(), format!("there is no field `{target}`: {hint}")))
}

/// Checks that the type of a module is not a trait object.
fn module_type(ty: &Type) -> Result<()> {
    match ungrouped(ty) {
        Type::TraitObject(_) => {
            let message = format!(
                "`{}` is not a container: a module needs the type of a struct that derives `Container`",
                source_text(ty)
            );
            Err(Error::new(ty.span(), message))
        }
        _ => Ok(()),
    }
}

/// Checks that the builder has no method with the module's name.
fn module_name(name: &Ident) -> Result<()> {
    if !BUILDER_METHODS.contains(&name.unraw().to_string().as_str()) {
        return Ok(());
    }
    let message =
        format!("a module cannot be named `{name}`, because the builder has a method of this name: rename the field");
    Err(Error::new(name.span(), message))
}

/// Checks that no other field has the same type.
fn unique_type(container: &Container, field: &Field) -> Result<()> {
    let Some(first) = &field.duplicate_of else { return Ok(()) };
    let (name, text) = (&field.name, &field.type_text);
    let tag = pascal_case(&name.unraw().to_string());
    let message = format!(
        "`{first}` and `{name}` of `{}` have the same type `{text}`, which makes the lookup by type ambiguous: give \
         one of them a type of its own, `Tagged<{tag}, {text}>`, with a `struct {tag};`",
        container.name
    );
    Err(Error::new(field.ty.span(), message))
}

/// Converts `read_only_store` to `ReadOnlyStore`.
fn pascal_case(name: &str) -> String {
    let capitalize = |word: &str| {
        let mut characters = word.chars();
        characters.next().map(|first| first.to_uppercase().chain(characters).collect::<String>())
    };
    name.split('_').filter_map(capitalize).collect()
}

/// Checks that a decorated field has a source that can be decorated.
fn decorated(field: &Field) -> Result<()> {
    let Some(decorate) = &field.decorate else { return Ok(()) };
    match field.source {
        Source::Component(_)
        | Source::Provide(_)
        | Source::Choose(_)
        | Source::Alias { .. }
        | Source::Import { .. }
        | Source::Invalid(_) => Ok(()),
        _ => {
            let message = "`#[decorate(..)]` requires one of `#[component]`, `#[provide]`, `#[choose]`, `#[alias]` or \
                           `#[import]` on the field";
            Err(Error::new_spanned(&decorate.attribute, message))
        }
    }
}

/// Checks that an import names a field that can be a container: a module or an input.
fn importable(container: &Container, field: &Field) -> Result<()> {
    let Source::Import { module } = &field.source else { return Ok(()) };
    match container.field(module).source {
        Source::Module { .. } | Source::Input { .. } | Source::Invalid(_) => Ok(()),
        _ => {
            let message = format!(
                "`{module}` is not a container to import from: name a `#[module]`, or an `#[input]` that is a container"
            );
            Err(Error::new(module.span(), message))
        }
    }
}
