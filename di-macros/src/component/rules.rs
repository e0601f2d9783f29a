//! The rules for components and providers. Each error is reported on the token that the user wrote.

use std::fmt;

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, FnArg, GenericParam, Item, ReceiverKind, Result, ReturnType, Safety,
    Signature, Type,
};

use super::attr::{self, HookKind};
use super::model::{ComponentImpl, Constructor, Function, Hook, MAX_FACTORY_ARGUMENTS, Parameter, ParameterKind};
use crate::syntax::attributes::find_cfg;
use crate::syntax::errors::Errors;
use crate::syntax::source_text::source_text;
use crate::syntax::types::{arc_content, is_static, ungrouped};

/// The role of a function, for messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Constructor,
    Provider,
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Role::Constructor => "constructor",
            Role::Provider => "provider",
        })
    }
}

/// Checks that `#[component]` has no arguments.
pub(crate) fn component_arguments(arguments: &TokenStream) -> Result<()> {
    let message =
        "`#[component]` on an `impl` block takes no arguments; `#[component(Type)]` belongs on a container's field";
    no_arguments(arguments, message)
}

/// Checks that `#[provider]` has no arguments.
pub(crate) fn provider_arguments(arguments: &TokenStream) -> Result<()> {
    let message = "`#[provider]` takes no arguments; `#[provide(function)]` belongs on a container's field";
    no_arguments(arguments, message)
}

fn no_arguments(arguments: &TokenStream, message: &str) -> Result<()> {
    if arguments.is_empty() { Ok(()) } else { Err(Error::new_spanned(arguments, message)) }
}

/// Returns the error for `#[component]` on an item other than an `impl` block.
pub(crate) fn not_an_impl(item: &Item) -> Error {
    let message = match item {
        Item::Struct(item) => format!(
            "`#[component]` belongs on the `impl` block with the constructor of `{0}`; to inject every field of `{0}`, \
             write `#[derive(Component)]` instead",
            item.ident
        ),
        Item::Fn(_) => {
            "`#[component]` can only be applied to an `impl` block; for a function, write `#[provider]`".to_owned()
        }
        _ => "`#[component]` can only be applied to an `impl` block with a constructor".to_owned(),
    };
    Error::new(proc_macro2::Span::call_site(), message)
}

/// Checks an `impl` block, except for its hooks, and returns its constructor.
pub(crate) fn component_impl(component: &ComponentImpl) -> Result<&Constructor> {
    let self_type = source_text(&component.self_type);
    if let Some(path) = &component.trait_path {
        let message =
            format!("`#[component]` belongs on the `impl {self_type}` with the constructor, not on a trait's `impl`");
        return Err(Error::new_spanned(path, message));
    }
    let constructor = match &component.constructors[..] {
        [constructor] => constructor,
        [] => {
            let message = format!(
                "`{self_type}` has no constructor in this block: add `fn new(..) -> Self`, or mark another function \
                 with `#[constructor]`"
            );
            return Err(Error::new_spanned(&component.self_type, message));
        }
        [_, second, ..] => {
            let message = format!("`{self_type}` has two constructors: mark only one function with `#[constructor]`");
            return Err(Error::new(second.signature.ident.span(), message));
        }
    };
    if let Some(attribute) = find_cfg(&constructor.attributes) {
        let message = "`#[component]` cannot evaluate `#[cfg]` on a constructor: put it on the `impl` block, above \
                       `#[component]`";
        return Err(Error::new_spanned(attribute, message));
    }
    function(constructor, Role::Constructor)?;
    let made = &constructor.constructor;
    let is_plain = made.inner().is_none() && made.assisted().is_empty();
    if made.returns_arc(&component.self_type) && !is_plain {
        let message = "the constructor of a decorator or of a component with `#[assisted]` parameters must return \
                       `Self`: only a plain component can be constructed in an `Arc`";
        return Err(Error::new(made.returned.span(), message));
    }
    Ok(made)
}

/// Checks the function of a provider.
pub(crate) fn provider(provider: &Function) -> Result<()> {
    if let Some(attribute) = find_cfg(&provider.attributes) {
        let message = "`#[provider]` cannot evaluate the `#[cfg]` below it: move `#[cfg]` above `#[provider]`";
        return Err(Error::new_spanned(attribute, message));
    }
    let mut attributes = provider.constructor.parameters.iter().flat_map(|parameter| &parameter.attributes);
    if let Some(mark) = attributes.find(|attribute| attr::mark(attribute).is_some()) {
        let message = "a provider takes only dependencies: write a decorator, or a component with arguments, as a \
                       `#[component]`";
        return Err(Error::new_spanned(mark, message));
    }
    function(provider, Role::Provider)
}

/// Checks that a component is a struct, and returns its fields.
pub(crate) fn is_struct(input: &DeriveInput) -> Result<&Fields> {
    let Data::Struct(data) = &input.data else {
        let message = "`#[derive(Component)]` requires a struct: for another type, put `#[component]` on an `impl` \
                       block with a constructor";
        return Err(Error::new(input.ident.span(), message));
    };
    Ok(&data.fields)
}

/// Checks the injected fields of a struct.
pub(crate) fn injected_fields(constructor: &Constructor) -> Result<()> {
    for field in &constructor.parameters {
        if let Type::Reference(reference) = ungrouped(&field.ty) {
            let content = source_text(&reference.elem);
            let message = format!("a component must own its fields: make this field an `Arc<{content}>`");
            return Err(Error::new(field.ty.span(), message));
        }
        one_mark(&field.attributes)?;
    }
    one_purpose(constructor)
}

/// Checks a function that is called as a constructor.
fn function(function: &Function, role: Role) -> Result<()> {
    let signature = &function.signature;
    callable(signature, role)?;
    if matches!(signature.output, ReturnType::Default) {
        let message = match role {
            Role::Constructor => {
                "a constructor must return `Self` or `Result<Self, E>`, but this function returns nothing"
            }
            Role::Provider => {
                "a provider must return the field's type or a `Result` of it, but this function returns nothing"
            }
        };
        return Err(Error::new(signature.ident.span(), message));
    }
    if let Some(receiver @ FnArg::Receiver(_)) = signature.inputs.first() {
        let message =
            format!("a {role} cannot take `self`, which does not exist yet: its parameters are the dependencies");
        return Err(Error::new_spanned(receiver, message));
    }
    for parameter in &function.constructor.parameters {
        dependency(parameter, role)?;
        one_mark(&parameter.attributes)?;
        passed_by_value(parameter)?;
    }
    one_purpose(&function.constructor)
}

/// Checks a signature, except for its parameters and its return type.
fn callable(signature: &Signature, role: Role) -> Result<()> {
    let generic = signature.generics.params.iter().find(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    if let Some(parameter) = generic {
        let alternative = match role {
            Role::Constructor => "move the parameter to the `impl` block",
            Role::Provider => "write a function without generic parameters that calls it",
        };
        let message =
            format!("a {role} cannot be generic, because its generic parameters cannot be inferred: {alternative}");
        return Err(Error::new_spanned(parameter, message));
    }
    if matches!(signature.safety, Safety::Unsafe(_)) {
        let message = format!("a {role} cannot be `unsafe`: the container cannot uphold its safety contract");
        return Err(Error::new(signature.ident.span(), message));
    }
    Ok(())
}

/// Checks the type of a function's parameter.
fn dependency(parameter: &Parameter, role: Role) -> Result<()> {
    if let Some(attribute) = find_cfg(&parameter.attributes) {
        let message = "`#[component]` cannot evaluate `#[cfg]` on a parameter: write two complete `impl` blocks (or \
                       two providers), and put `#[cfg]` above the attribute of each";
        return Err(Error::new_spanned(attribute, message));
    }
    let span = parameter.ty.span();
    let is_borrowed = parameter.kind == ParameterKind::Borrowed;
    match ungrouped(&parameter.ty) {
        Type::Reference(reference) if reference.mutability.is_some() => {
            let content = source_text(&reference.elem);
            let message = format!(
                "a dependency is shared, so it cannot be borrowed mutably: take `&{content}`, and guard its mutable \
                 state with a lock"
            );
            Err(Error::new(span, message))
        }
        Type::Reference(reference) if is_borrowed && arc_content(&reference.elem).is_some() => {
            let arc = source_text(&reference.elem);
            let content = arc_content(&reference.elem).map(source_text).unwrap_or_default();
            let message =
                format!("`&{arc}` requires a field of type `Arc<{arc}>`: take `{arc}` or `&{content}` instead");
            Err(Error::new(span, message))
        }
        Type::Reference(reference) if is_borrowed && is_static(reference) => {
            let content = source_text(&reference.elem);
            let message =
                format!("a dependency is borrowed only during the call: remove `'static`, or take an `Arc<{content}>`");
            Err(Error::new_spanned(&reference.lifetime, message))
        }
        Type::ImplTrait(_) => {
            let message = format!(
                "the parameters of a {role} are looked up by type, which `impl Trait` leaves open: take an \
                 `Arc<dyn ..>` or a concrete type"
            );
            Err(Error::new(span, message))
        }
        _ => Ok(()),
    }
}

/// Checks that a parameter has at most one mark.
fn one_mark(attributes: &[Attribute]) -> Result<()> {
    match attributes.iter().filter(|attribute| attr::mark(attribute).is_some()).nth(1) {
        None => Ok(()),
        Some(second) => {
            let message =
                "a parameter takes either `#[inner]`, for a decorator, or `#[assisted]`, for a factory: remove one";
            Err(Error::new_spanned(second, message))
        }
    }
}

/// Checks that a marked parameter owns its value.
fn passed_by_value(parameter: &Parameter) -> Result<()> {
    let Type::Reference(reference) = ungrouped(&parameter.ty) else { return Ok(()) };
    let content = source_text(&reference.elem);
    let message = match parameter.kind {
        _ if is_static(reference) => return Ok(()),
        ParameterKind::Inner => {
            format!(
                "a decorator must own the value it decorates: take `#[inner]` as the field's type, such as \
                 `Arc<{content}>`"
            )
        }
        ParameterKind::Assisted => {
            format!("an `#[assisted]` argument is passed by value: take a `{content}` instead of a reference")
        }
        ParameterKind::Owned | ParameterKind::Borrowed => return Ok(()),
    };
    Err(Error::new(parameter.key.span(), message))
}

/// Checks that a constructor belongs to only one of a component, a decorator and a factory.
fn one_purpose(constructor: &Constructor) -> Result<()> {
    let count = |kind| constructor.parameters.iter().filter(|parameter| parameter.kind == kind).count();
    let message = match (count(ParameterKind::Inner), count(ParameterKind::Assisted)) {
        (0, ..=MAX_FACTORY_ARGUMENTS) | (1, 0) => return Ok(()),
        (0, _) => format!("a factory takes at most {MAX_FACTORY_ARGUMENTS} arguments: group some of them in a struct"),
        (1, _) => "a constructor cannot have both `#[inner]` and `#[assisted]` parameters: it belongs either to a \
                   decorator or to a factory"
            .to_owned(),
        _ => "a decorator decorates one value: mark only one parameter with `#[inner]`".to_owned(),
    };
    Err(Error::new(constructor.span, message))
}

/// Checks the hooks of a component, and returns all errors as one. `errors` holds the errors of the hooks' attributes.
pub(crate) fn hooks(constructor: &Constructor, hooks: &[Hook], mut errors: Errors) -> Result<()> {
    let mut seen: Vec<HookKind> = Vec::new();
    for hook in hooks {
        // Hooks with a `#[cfg]` may exclude each other. If not, the compiler reports the duplicate.
        if errors.keep(one_hook(hook, &seen)).is_some() && hook.cfgs.is_empty() {
            seen.push(hook.kind);
        }
    }
    errors.into_result()?;
    match hooks.first() {
        Some(hook) if !constructor.assisted().is_empty() => {
            let message = "a component that a factory creates cannot have hooks, because the container does not know \
                           when it is dropped: start in the constructor, and stop in `Drop` or in a method of your own";
            Err(Error::new(hook.signature.ident.span(), message))
        }
        _ => Ok(()),
    }
}

fn one_hook(hook: &Hook, seen: &[HookKind]) -> Result<()> {
    let (kind, signature) = (hook.kind.name(), &hook.signature);
    if seen.contains(&hook.kind) {
        let message = format!("duplicate `#[{kind}]` hook: a component has at most one hook of each kind");
        return Err(Error::new_spanned(&hook.attribute, message));
    }
    let takes_ref_self =
        signature.receiver().is_some_and(|receiver| matches!(receiver.kind, ReceiverKind::Reference(_, _, None)));
    if !takes_ref_self && !hook.takes_arc() {
        let message =
            format!("a `#[{kind}]` hook must take `&self` or `self: Arc<Self>`, because the component is shared");
        let span = signature.inputs.first().map_or_else(|| signature.ident.span(), Spanned::span);
        return Err(Error::new(span, message));
    }
    let (allowed, takes) = match hook.kind {
        HookKind::Run => (1, "`self` and a `Shutdown`"),
        _ => (0, "only `self`"),
    };
    match hook.parameters().nth(allowed) {
        Some(extra) => {
            let message = format!("a `#[{kind}]` hook takes {takes}: move dependencies to the constructor");
            Err(Error::new_spanned(extra, message))
        }
        None => Ok(()),
    }
}
