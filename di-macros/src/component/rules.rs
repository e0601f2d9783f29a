//! Every rule that can refuse a component or a provider, each error on the user's own token.

use proc_macro2::{Ident, TokenStream};
use syn::spanned::Spanned;
use syn::{Attribute, Error, FnArg, GenericParam, Item, ItemImpl, Result, Safety, Signature, Type, TypeReference};

use super::hooks::Hooks;
use super::marks;
use super::model::{Call, Form, MOST_ARGUMENTS, Parameter};
use crate::text::source_text;
use crate::types::{arc_content, ungrouped};

pub(super) fn no_arguments(arguments: &TokenStream, attribute: &str) -> Result<()> {
    if arguments.is_empty() {
        return Ok(());
    }
    let message = match attribute {
        "component" => {
            "`#[component]` takes no arguments on an `impl` block; `#[component(Type)]` goes on a container's field"
        }
        _ => "`#[provider]` takes no arguments; `#[provide(function)]` goes on a container's field",
    };
    Err(Error::new_spanned(arguments, message))
}

pub(super) fn not_an_impl(item: &Item, tokens: TokenStream) -> TokenStream {
    let message = match item {
        Item::Struct(item) => format!(
            "`#[component]` goes on the `impl` block with the constructor of `{0}`; if every field of `{0}` is to be \
             injected, write `#[derive(Component)]` instead",
            item.ident
        ),
        Item::Fn(_) => "`#[component]` goes on an `impl` block; on a function, write `#[provider]`".to_owned(),
        _ => "`#[component]` goes on an `impl` block with a constructor".to_owned(),
    };
    super::beside(tokens, Error::new(proc_macro2::Span::call_site(), message))
}

pub(super) fn inherent(item: &ItemImpl) -> Result<()> {
    match &item.trait_ {
        None => Ok(()),
        Some((path, _)) => {
            let own = source_text(&item.self_ty);
            let message =
                format!("`#[component]` goes on the `impl {own}` with its constructor, not on that of a trait");
            Err(Error::new_spanned(path, message))
        }
    }
}

pub(super) fn one_constructor(self_type: &Type, names: &[&Ident]) -> Result<()> {
    let own = source_text(self_type);
    match names {
        [_] => Ok(()),
        [] => {
            let message = format!(
                "`{own}` has no constructor here: add `fn new(..) -> Self`, or mark another function with `#[constructor]`"
            );
            Err(Error::new_spanned(self_type, message))
        }
        [_, second, ..] => {
            let message =
                format!("a second constructor of `{own}`: a component has one, so mark one with `#[constructor]`");
            Err(Error::new(second.span(), message))
        }
    }
}

/// An attribute macro sees its item before the compiler evaluates `#[cfg]` inside it.
pub(super) fn evaluated(attributes: &[Attribute], what: &str) -> Result<()> {
    let is_cfg = |attribute: &&Attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr");
    match attributes.iter().find(is_cfg) {
        None => Ok(()),
        Some(attribute) => {
            let message = match what {
                "parameter" => {
                    "`#[cfg]` on a parameter cannot be seen by `#[component]`: write two `impl` blocks (or two providers), \
                     each whole, and put `#[cfg]` above the attribute"
                }
                "function" => "put `#[cfg]` above `#[provider]`, so that it is evaluated first",
                _ => {
                    "`#[cfg]` on a constructor cannot be seen by `#[component]`: put it on the `impl` block, above \
                     `#[component]`"
                }
            };
            Err(Error::new_spanned(attribute, message))
        }
    }
}

/// What the signature may not have, whatever its parameters are.
pub(super) fn callable(signature: &Signature, role: &str) -> Result<()> {
    let generic = signature.generics.params.iter().find(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    if let Some(parameter) = generic {
        let way_out = match role {
            "constructor" => "put the parameter on the `impl` block",
            _ => "write a function without parameters that calls it",
        };
        let message = format!("a {role} cannot be generic, since nothing says what for: {way_out}");
        return Err(Error::new_spanned(parameter, message));
    }
    if matches!(signature.safety, Safety::Unsafe(_)) {
        let message = format!("a {role} cannot be `unsafe`: the container has no way to keep its promises");
        return Err(Error::new(signature.ident.span(), message));
    }
    Ok(())
}

pub(super) fn returns_nothing(signature: &Signature, role: &str) -> Error {
    let message = match role {
        "constructor" => "a constructor returns `Self` or `Result<Self, E>`, but this function returns nothing",
        _ => "a provider returns the field's type or a `Result` of it, but this function returns nothing",
    };
    Error::new(signature.ident.span(), message)
}

pub(super) fn takes_self(receiver: &FnArg, role: &str) -> Error {
    let message =
        format!("a {role} is called before there is a `self`: leave it out; its parameters are the dependencies");
    Error::new_spanned(receiver, message)
}

/// What a parameter may not be.
pub(super) fn parameter(attributes: &[Attribute], ty: &Type, role: &str) -> Result<()> {
    evaluated(attributes, "parameter")?;
    let is_dependency = mark(attributes)?.is_none();
    match ungrouped(ty) {
        Type::Reference(reference) if reference.mutability.is_some() => {
            let content = source_text(&reference.elem);
            let message = format!(
                "a dependency is shared, so it cannot be borrowed mutably: take `&{content}`, and keep what changes in it \
                 behind a lock"
            );
            Err(Error::new(ty.span(), message))
        }
        Type::Reference(reference) if is_dependency && arc_content(&reference.elem).is_some() => {
            let arc = source_text(&reference.elem);
            let content = arc_content(&reference.elem).map(source_text).unwrap_or_default();
            let message = format!(
                "a borrow of an `Arc` would look for a field that is an `Arc` of it: take `{arc}`, or `&{content}`"
            );
            Err(Error::new(ty.span(), message))
        }
        Type::Reference(reference) if is_dependency && is_static(reference) => {
            let content = source_text(&reference.elem);
            let message =
                format!("a dependency is borrowed for the call only: leave out `'static`, or take an `Arc<{content}>`");
            Err(Error::new_spanned(&reference.lifetime, message))
        }
        Type::ImplTrait(_) => {
            let message = format!(
                "a parameter of a {role} is found by its type, which `impl` leaves open: take an `Arc<dyn ..>` or a \
                 concrete type"
            );
            Err(Error::new(ty.span(), message))
        }
        _ => Ok(()),
    }
}

/// What an injected field may not be.
pub(super) fn injected_field(ty: &Type) -> Result<()> {
    match ungrouped(ty) {
        Type::Reference(reference) => {
            let content = source_text(&reference.elem);
            let message = format!("a component owns what is injected: make this field an `Arc<{content}>`");
            Err(Error::new(ty.span(), message))
        }
        _ => Ok(()),
    }
}

/// What a parameter is marked as, if it is.
pub(super) fn mark(attributes: &[Attribute]) -> Result<Option<Form>> {
    let mut marked = attributes.iter().filter_map(|attribute| marks::form(attribute).map(|form| (attribute, form)));
    let Some((_, first)) = marked.next() else { return Ok(None) };
    match marked.next() {
        None => Ok(Some(first)),
        Some((second, _)) => {
            let message =
                "a parameter is either what a decorator decorates, or an argument of a factory: leave one out";
            Err(Error::new_spanned(second, message))
        }
    }
}

/// A marked parameter is handed over, not lent.
pub(super) fn owned(ty: &Type, form: &Form) -> Result<()> {
    let Type::Reference(reference) = ty else { return Ok(()) };
    if is_static(reference) {
        return Ok(());
    }
    let content = source_text(&reference.elem);
    let message = match form {
        Form::Inner => {
            format!("a decorator owns what it decorates: take `#[inner]` as the field's type, such as `Arc<{content}>`")
        }
        _ => format!("an argument is handed over to the constructor: take `#[assisted]` by value, as a `{content}`"),
    };
    Err(Error::new(ty.span(), message))
}

/// A constructor is that of a component, of a decorator, or of a factory's product.
pub(super) fn one_purpose(parameters: &[Parameter], name: &Ident) -> Result<()> {
    let count = |wanted: fn(&Form) -> bool| parameters.iter().filter(|parameter| wanted(&parameter.form)).count();
    let inner = count(|form| matches!(form, Form::Inner));
    let message = match (inner, count(|form| matches!(form, Form::Assisted))) {
        (0, ..=MOST_ARGUMENTS) | (1, 0) => return Ok(()),
        (0, _) => "a factory takes at most five arguments: put some of them together in a struct",
        (1, _) => {
            "a constructor is a decorator's or a factory's: it cannot have `#[inner]` and `#[assisted]` parameters"
        }
        _ => "a decorator decorates one thing: mark one parameter `#[inner]`",
    };
    Err(Error::new(name.span(), message))
}

/// A provider has dependencies only.
pub(super) fn unmarked(signature: &Signature) -> Result<()> {
    let attributes = signature.inputs.iter().filter_map(super::typed).flat_map(|(attributes, _)| attributes);
    for attribute in attributes {
        if marks::form(attribute).is_some() {
            let message = "a provider takes dependencies only: what decorates, or takes arguments, is a component";
            return Err(Error::new_spanned(attribute, message));
        }
    }
    Ok(())
}

fn is_static(reference: &TypeReference) -> bool {
    reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
}

/// Nothing starts and stops what a factory creates.
pub(super) fn hooks(call: &Call, hooks: &Hooks) -> Result<()> {
    match hooks.first() {
        Some(method) if !call.assisted().is_empty() => {
            let message = "what a factory creates has no hooks, since the container does not know when it ends: begin in the \
                           constructor, and end in `Drop` or in a method of its own";
            Err(Error::new(method.span(), message))
        }
        _ => Ok(()),
    }
}
