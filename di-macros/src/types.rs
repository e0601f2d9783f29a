//! What a type's tokens tell.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{GenericArgument, PathArguments, Type};

/// The type arguments of a type whose outermost name is `name`.
pub(crate) fn arguments<'a>(ty: &'a Type, name: &str) -> Option<Vec<&'a Type>> {
    let Type::Path(path) = ungrouped(ty) else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let types = arguments.args.iter().map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// `T` of an `Arc<T>`, by the outermost name.
pub(crate) fn arc_content(ty: &Type) -> Option<&Type> {
    match arguments(ty, "Arc")?[..] {
        [content] => Some(content),
        _ => None,
    }
}

/// What a `Tagged<_, T>` or an `Option<T>` holds.
fn shell_content(ty: &Type) -> Option<(Shell, &Type)> {
    if let Some([_, content]) = arguments(ty, "Tagged").as_deref() {
        return Some((Shell::Tagged, content));
    }
    if let Some([content]) = arguments(ty, "Option").as_deref() {
        return Some((Shell::Option, content));
    }
    None
}

enum Shell {
    Tagged,
    Option,
}

/// The type of a component that a field is built from, if it is not named: what is left without the wrappers.
pub(crate) fn component_type(ty: &Type) -> &Type {
    match shell_content(ty) {
        Some((_, content)) => component_type(content),
        None => arc_content(ty).unwrap_or(ty),
    }
}

/// Whether the wrappers of a field's type hold an `Arc`.
pub(crate) fn holds_arc(ty: &Type) -> bool {
    match shell_content(ty) {
        Some((_, content)) => holds_arc(content),
        None => arc_content(ty).is_some(),
    }
}

/// A component's value, in an `Arc` already where the field's type has one, with the other wrappers around it.
pub(crate) fn wrapped(ty: &Type, value: TokenStream, span: Span) -> TokenStream {
    match shell_content(ty) {
        Some((Shell::Tagged, content)) => {
            let value = wrapped(content, value, span);
            quote_spanned!(span=> ::di_core::Tagged::new(#value))
        }
        Some((Shell::Option, content)) => {
            let value = wrapped(content, value, span);
            quote_spanned!(span=> ::core::option::Option::Some(#value))
        }
        None => value,
    }
}

/// Whether a trait object stands anywhere in the type.
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

/// The type without the invisible parentheses of a macro that passed it on.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}
