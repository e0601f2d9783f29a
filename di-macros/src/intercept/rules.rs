//! Every rule that can refuse a trait, each error on the user's own token.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Attribute, Error, GenericParam, ItemTrait, ReceiverKind, Result, Safety, Signature, TraitItem, TraitItemFn, Type,
    WherePredicate,
};

use super::model::{Argument, BoxedFuture, borrows};
use crate::text::source_text;

pub(super) fn no_arguments(arguments: &TokenStream) -> Result<()> {
    if arguments.is_empty() {
        return Ok(());
    }
    let message = "`#[intercept]` takes no arguments; which interceptors there are is said where the component is wired: \
                   `#[decorate(Intercepted<dyn Trait, ..>)]`";
    Err(Error::new_spanned(arguments, message))
}

/// What the trait itself may not be.
pub(super) fn interface(item: &ItemTrait) -> Result<()> {
    if let Some(token) = item.unsafety {
        let message =
            "an `unsafe` trait cannot be intercepted: nobody could promise for every interceptor what it asks";
        return Err(Error::new_spanned(token, message));
    }
    match item.generics.lifetimes().next() {
        Some(parameter) => {
            let message = "a component borrows from nobody, so that its trait has no lifetime: leave it out, or write `'static` \
                           in the methods";
            Err(Error::new_spanned(parameter, message))
        }
        None => Ok(()),
    }
}

pub(super) fn not_a_method(item: &TraitItem) -> Error {
    match item {
        TraitItem::Const(item) => Error::new_spanned(
            &item.ident,
            "a trait with an associated constant has no `dyn`, and an interceptor stands around an `Arc<dyn ..>`: make it a \
             method",
        ),
        TraitItem::Type(item) => Error::new_spanned(
            &item.ident,
            "a trait with an associated type cannot be intercepted: make it a parameter of the trait, or name the type in the \
             methods",
        ),
        other => Error::new_spanned(
            other,
            "`#[intercept]` sees a macro's call before what it makes: write the methods out, or put the whole trait into the \
             macro",
        ),
    }
}

/// Whether the method is one of the trait object: not if it asks for `Self: Sized`, and says itself what it does.
pub(super) fn is_dispatched(item: &ItemTrait, function: &TraitItemFn) -> Result<bool> {
    let clause = function.sig.generics.where_clause.as_ref();
    let is_sized = |predicate: &WherePredicate| source_text(predicate).replace(' ', "") == "Self:Sized";
    if !clause.is_some_and(|clause| clause.predicates.iter().any(is_sized)) {
        return Ok(true);
    }
    if function.default.is_some() {
        return Ok(false);
    }
    let (name, object) = (&function.sig.ident, &item.ident);
    let message = format!(
        "`{name}` asks for `Self: Sized`, so that it cannot be called on the `dyn {object}` that is intercepted: give it a \
         body here, or move it to another trait"
    );
    Err(Error::new_spanned(name, message))
}

/// What a method may not be.
pub(super) fn method(item: &ItemTrait, function: &TraitItemFn) -> Result<()> {
    let (signature, object) = (&function.sig, &item.ident);
    let name = &signature.ident;
    let is_cfg = |attribute: &&Attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr");
    if let Some(attribute) = function.attrs.iter().find(is_cfg) {
        let message = "`#[cfg]` on a method cannot be seen by `#[intercept]`: write two traits, each whole, and put `#[cfg]` \
                       above the attribute";
        return Err(Error::new_spanned(attribute, message));
    }
    if matches!(signature.safety, Safety::Unsafe(_)) {
        let message = "an `unsafe` method cannot be intercepted: what its caller promised may not hold when an interceptor \
                       calls it again, or later";
        return Err(Error::new_spanned(name, message));
    }
    let generic = signature.generics.params.iter().find(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    if let Some(parameter) = generic {
        let message = format!(
            "`dyn {object}` cannot have a generic method: give the trait the parameter, take a `dyn`, or add `where Self: \
             Sized` and a body"
        );
        return Err(Error::new_spanned(parameter, message));
    }
    let Some(receiver) = signature.receiver() else {
        let message = format!(
            "`{name}` has no `&self`, so there is no call on a component to intercept: move it out of the trait, or add \
             `where Self: Sized` and a body"
        );
        return Err(Error::new_spanned(name, message));
    };
    match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => {}
        _ => {
            let message =
                "a component is shared, so that it is called by `&self`: keep what changes in it behind a lock";
            return Err(Error::new_spanned(receiver, message));
        }
    }
    let opaque = signature.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(typed) => Some(&*typed.ty),
        syn::FnArg::Receiver(_) => None,
    });
    match opaque.chain(returned(signature)).find(|ty| matches!(ty, Type::ImplTrait(_))) {
        Some(ty) => {
            let message =
                format!("`dyn {object}` cannot have a method with `impl`: name the type, or box it as a `dyn`");
            Err(Error::new_spanned(ty, message))
        }
        None => Ok(()),
    }
}

fn returned(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        syn::ReturnType::Type(_, ty) => Some(ty),
        syn::ReturnType::Default => None,
    }
}

/// An `async fn` is one of `async_trait`, whose future may be sent.
pub(super) fn async_trait(signature: &Signature, attribute: Option<&Attribute>) -> Result<()> {
    let Some(attribute) = attribute else {
        let message = "a trait with an `async fn` has no `dyn`: put `#[async_trait]` beside `#[intercept]`, or return a \
                       `BoxFuture`";
        return Err(Error::new_spanned(signature.asyncness, message));
    };
    if source_text(attribute).contains("?Send") {
        let message = "a component is called from any thread, so that its futures are `Send`: write `#[async_trait]`, without `?Send`";
        return Err(Error::new_spanned(attribute, message));
    }
    Ok(())
}

/// A boxed future may be sent.
pub(super) fn sendable(signature: &Signature, returned: &Type, future: &BoxedFuture) -> Result<()> {
    if future.is_send {
        return Ok(());
    }
    let name = &signature.ident;
    let message = format!(
        "a component is called from any thread, so that the future of `{name}` is `Send`: return a `BoxFuture`, or add \
         `+ Send`"
    );
    Err(Error::new_spanned(returned, message))
}

/// The call is made when its future is polled, so that the future has what the call is given.
pub(super) fn borrows_as_its_future(arguments: &[Argument], is_static: bool) -> Result<()> {
    let is_lent = |argument: &&Argument| match &argument.ty {
        Type::Reference(reference) if !is_static => reference.lifetime.is_none(),
        ty => is_static && borrows(ty.to_token_stream()),
    };
    let Some(argument) = arguments.iter().find(is_lent) else { return Ok(()) };
    let message = format!(
        "an interceptor may make the call later than its future is made, so that the future has to borrow `{0}`: give it the \
         lifetime, as in `fn ..<'a>(&'a self, {0}: &'a ..) -> BoxFuture<'a, ..>`, or take `{0}` by value",
        argument.text
    );
    Err(Error::new_spanned(&argument.ty, message))
}
