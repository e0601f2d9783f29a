//! What a type's tokens tell.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type};

/// `T` of an `Arc<T>`, by the outermost name.
pub(crate) fn arc_content(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ungrouped(ty) else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(content)) if last.ident == "Arc" && arguments.args.len() == 1 => Some(content),
        _ => None,
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
