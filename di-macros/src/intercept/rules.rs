//! The rules for intercepted traits. Each error is reported on the token that the user wrote.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, Error, FnArg, GenericParam, ItemTrait, ReceiverKind, Result, ReturnType, Safety, Signature, TraitItem,
    Type,
};

use super::attr;
use super::model::{Argument, BoxedFuture, InterceptedTrait, Method, ReturnKind};
use crate::syntax::attributes::find_cfg;
use crate::syntax::errors::Errors;
use crate::syntax::types::{borrows, ungrouped};

/// Checks that `#[intercept]` has no arguments.
pub(crate) fn no_arguments(arguments: &TokenStream) -> Result<()> {
    if arguments.is_empty() {
        return Ok(());
    }
    let message = "`#[intercept]` takes no arguments: choose the interceptors on the container's field, \
                   `#[decorate(Intercepted<dyn Trait, ..>)]`";
    Err(Error::new_spanned(arguments, message))
}

/// Checks a trait, and returns all errors as one.
pub(crate) fn check(intercepted: &InterceptedTrait<'_>) -> Result<()> {
    let mut errors = Errors::default();
    errors.keep(trait_itself(intercepted.item));
    for item in &intercepted.other_items {
        errors.push(not_a_method(item));
    }
    for method in &intercepted.methods {
        errors.keep(self::method(intercepted, method));
    }
    errors.into_result()
}

/// Checks the trait, except for its items.
fn trait_itself(item: &ItemTrait) -> Result<()> {
    if let Some(token) = item.unsafety {
        let message =
            "an `unsafe` trait cannot be intercepted: not every interceptor can uphold the trait's safety contract";
        return Err(Error::new_spanned(token, message));
    }
    match item.generics.lifetimes().next() {
        Some(parameter) => {
            let message = "a trait with a lifetime cannot be intercepted, because components borrow nothing: remove \
                           it, or write `'static` in the methods";
            Err(Error::new_spanned(parameter, message))
        }
        None => Ok(()),
    }
}

fn not_a_method(item: &TraitItem) -> Error {
    match item {
        TraitItem::Const(item) => Error::new_spanned(
            &item.ident,
            "a trait with an associated constant cannot be a trait object, which `#[intercept]` requires: make the \
             constant a method",
        ),
        TraitItem::Type(item) => Error::new_spanned(
            &item.ident,
            "a trait with an associated type cannot be intercepted: make it a type parameter of the trait, or name the \
             type in the methods",
        ),
        other => Error::new_spanned(
            other,
            "`#[intercept]` cannot see the methods that a macro call generates: write them out, or generate the whole \
             trait in the macro",
        ),
    }
}

fn method(intercepted: &InterceptedTrait<'_>, method: &Method<'_>) -> Result<()> {
    let (signature, object) = (&method.function.sig, &intercepted.item.ident);
    if method.requires_sized {
        let name = &signature.ident;
        let message = format!(
            "`{name}` requires `Self: Sized`, so it cannot be called on `dyn {object}`: add a body, or move it to \
             another trait"
        );
        return Err(Error::new_spanned(name, message));
    }
    if let Some(attribute) = find_cfg(&method.function.attrs) {
        let message = "`#[intercept]` cannot evaluate `#[cfg]` on a method: write two complete traits, and put \
                       `#[cfg]` above the attribute of each";
        return Err(Error::new_spanned(attribute, message));
    }
    dispatchable(signature, object)?;
    match &method.kind {
        ReturnKind::Sync => Ok(()),
        ReturnKind::Async => async_trait(signature, intercepted.async_trait),
        ReturnKind::BoxedFuture(future) => {
            send(signature, future)?;
            borrowed_by_future(&method.arguments, future.is_static())
        }
    }
}

/// Checks that a method can be called on the trait object, and be intercepted.
fn dispatchable(signature: &Signature, object: &Ident) -> Result<()> {
    let name = &signature.ident;
    if matches!(signature.safety, Safety::Unsafe(_)) {
        let message = "an `unsafe` method cannot be intercepted: an interceptor may call it again, or later, when its \
                       safety contract no longer holds";
        return Err(Error::new_spanned(name, message));
    }
    let generic = signature.generics.params.iter().find(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    if let Some(parameter) = generic {
        let message = format!(
            "`dyn {object}` cannot have a generic method: move the parameter to the trait, take a `dyn ..`, or add \
             `where Self: Sized` and a body"
        );
        return Err(Error::new_spanned(parameter, message));
    }
    let Some(receiver) = signature.receiver() else {
        let message = format!(
            "`{name}` has no `&self`, so its calls cannot be intercepted: move it out of the trait, or add `where \
             Self: Sized` and a body"
        );
        return Err(Error::new_spanned(name, message));
    };
    match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => {}
        _ => {
            let message = "an intercepted method must take `&self`, because the component is shared: guard its mutable \
                           state with a lock";
            return Err(Error::new_spanned(receiver, message));
        }
    }
    let types = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    });
    match types.chain(returned(signature)).find(|ty| matches!(ty, Type::ImplTrait(_))) {
        Some(ty) => {
            let message = format!(
                "`dyn {object}` cannot have a method with `impl Trait`: name the type, or box it as a `dyn ..`"
            );
            Err(Error::new_spanned(ty, message))
        }
        None => Ok(()),
    }
}

fn returned(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        ReturnType::Type(_, ty) => Some(ty),
        ReturnType::Default => None,
    }
}

/// Checks that an `async fn` belongs to an `#[async_trait]` with `Send` futures.
fn async_trait(signature: &Signature, attribute: Option<&Attribute>) -> Result<()> {
    let Some(attribute) = attribute else {
        let message = "a trait with an `async fn` cannot be a trait object: put `#[async_trait]` next to \
                       `#[intercept]`, or return a `BoxFuture`";
        return Err(Error::new_spanned(signature.asyncness, message));
    };
    if attr::is_not_send(attribute) {
        let message = "the futures of an intercepted trait must be `Send`, because components are called from any \
                       thread: write `#[async_trait]` without `?Send`";
        return Err(Error::new_spanned(attribute, message));
    }
    Ok(())
}

/// Checks that a boxed future is `Send`.
fn send(signature: &Signature, future: &BoxedFuture) -> Result<()> {
    if future.is_send {
        return Ok(());
    }
    let name = &signature.ident;
    let message = format!(
        "the future of `{name}` must be `Send`, because components are called from any thread: return a `BoxFuture`, \
         or add `+ Send`"
    );
    Err(Error::new_spanned(returned(signature).map(ungrouped), message))
}

/// Checks that the returned future borrows all arguments that are references.
///
/// An interceptor makes the call when the future is polled, so the future must hold the arguments until then.
fn borrowed_by_future(arguments: &[Argument], is_static: bool) -> Result<()> {
    let is_not_captured = |argument: &&Argument| match &argument.ty {
        Type::Reference(reference) if !is_static => reference.lifetime.is_none(),
        ty => is_static && borrows(ty.to_token_stream()),
    };
    let Some(argument) = arguments.iter().find(is_not_captured) else { return Ok(()) };
    let message = format!(
        "the future must borrow `{0}`, because an interceptor may make the call after this method returns: give both a \
         lifetime, as in `fn ..<'a>(&'a self, {0}: &'a ..) -> BoxFuture<'a, ..>`, or take `{0}` by value",
        argument.name
    );
    Err(Error::new_spanned(&argument.ty, message))
}
