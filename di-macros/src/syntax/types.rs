//! Queries on the syntax of types: their arguments, wrappers and lifetimes.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type, TypeReference};

/// Returns the type arguments, such as `A` and `B` of `name<A, B>`, if the type is called `name`.
pub(crate) fn type_arguments<'a>(ty: &'a Type, name: &str) -> Option<Vec<&'a Type>> {
    let (_, arguments) = generic_arguments(ty).filter(|(found, _)| *found == name)?;
    let types = arguments.into_iter().map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// Returns the name of a type and its generic arguments.
pub(crate) fn generic_arguments(ty: &Type) -> Option<(&Ident, Vec<&GenericArgument>)> {
    let Type::Path(path) = ungrouped(ty) else { return None };
    let segment = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    Some((&segment.ident, arguments.args.iter().collect()))
}

/// Returns `T` if the type is `Arc<T>`.
pub(crate) fn arc_content(ty: &Type) -> Option<&Type> {
    match type_arguments(ty, "Arc")?[..] {
        [content] => Some(content),
        _ => None,
    }
}

/// Returns the type without its outer `Tagged`s.
pub(crate) fn untagged(ty: &Type) -> &Type {
    match unwrap_once(ty) {
        Some((Wrapper::Tagged, content)) => untagged(content),
        _ => ty,
    }
}

/// Returns `T` if the type is `Tagged<_, T>` or `Option<T>`.
pub(crate) fn unwrap_once(ty: &Type) -> Option<(Wrapper, &Type)> {
    if let Some([_, content]) = type_arguments(ty, "Tagged").as_deref() {
        return Some((Wrapper::Tagged, content));
    }
    if let Some([content]) = type_arguments(ty, "Option").as_deref() {
        return Some((Wrapper::Option, content));
    }
    None
}

/// Returns whether the type is an `Option`.
pub(crate) fn is_option(ty: &Type) -> bool {
    type_arguments(ty, "Option").is_some()
}

/// A wrapper around a component's type.
pub(crate) enum Wrapper {
    Tagged,
    Option,
}

/// Returns the type of the component for a field with a bare `#[component]`: the field's type without its wrappers.
pub(crate) fn component_type(ty: &Type) -> &Type {
    match unwrap_once(ty) {
        Some((_, content)) => component_type(content),
        None => arc_content(ty).unwrap_or(ty),
    }
}

/// Returns whether the type without `Tagged` and `Option` is an `Arc`.
pub(crate) fn holds_arc(ty: &Type) -> bool {
    match unwrap_once(ty) {
        Some((_, content)) => holds_arc(content),
        None => arc_content(ty).is_some(),
    }
}

/// Returns `T` if the type without `Tagged` and `Option` is an `Arc<T>`.
pub(crate) fn shared_content(ty: &Type) -> Option<&Type> {
    match unwrap_once(ty) {
        Some((_, content)) => shared_content(content),
        None => arc_content(ty),
    }
}

/// Returns whether the type contains a trait object.
pub(crate) fn has_trait_object(ty: &Type) -> bool {
    fn has_dyn(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == "dyn",
            TokenTree::Group(group) => has_dyn(group.stream()),
            _ => false,
        })
    }
    has_dyn(ty.to_token_stream())
}

/// Returns the type without parentheses and without the invisible group of a `macro_rules!` parameter.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}

/// Returns whether the tokens contain a reference, or a lifetime other than `'static`.
pub(crate) fn borrows(tokens: TokenStream) -> bool {
    let mut is_lifetime = false;
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => {
            is_lifetime = punct.as_char() == '\'';
            punct.as_char() == '&'
        }
        TokenTree::Ident(ident) => std::mem::take(&mut is_lifetime) && ident != "static",
        TokenTree::Group(group) => borrows(group.stream()),
        TokenTree::Literal(_) => false,
    })
}

/// Returns whether the lifetime of a reference is `'static`.
pub(crate) fn is_static(reference: &TypeReference) -> bool {
    reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
}
