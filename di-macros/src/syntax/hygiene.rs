//! Spans of generated tokens: where errors are reported, and which local names match.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::format_ident;

/// Returns the name of the argument at `index` in generated code.
pub(crate) fn argument_name(index: usize) -> Ident {
    format_ident!("__argument_{index}")
}

/// Gives local names in generated code, which begin with two underscores, the hygiene of the macro call.
///
/// Generated tokens have the span of the user's token, so that errors point at it. That span also carries the hygiene
/// of the place where the token was written. Inside a `macro_rules!` macro, a local name with the span of this macro
/// and the same name with the span of a user's token would therefore differ.
pub(crate) fn with_hygienic_locals(tokens: TokenStream) -> TokenStream {
    let own = |token| match token {
        TokenTree::Ident(ident) => {
            // Identifiers can be compared only as strings, and each conversion allocates.
            let text = ident.to_string();
            if text.starts_with("__") {
                TokenTree::Ident(Ident::new(&text, ident.span().resolved_at(Span::call_site())))
            } else {
                TokenTree::Ident(ident)
            }
        }
        TokenTree::Group(group) => {
            let mut owned = Group::new(group.delimiter(), with_hygienic_locals(group.stream()));
            owned.set_span(group.span());
            TokenTree::Group(owned)
        }
        other => other,
    };
    tokens.into_iter().map(own).collect()
}

/// Replaces `Self` by a type, for tokens that are moved out of the item of this type.
pub(crate) fn with_self(tokens: TokenStream, ty: &Ident) -> TokenStream {
    let replaced = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            let mut ty = ty.clone();
            ty.set_span(ident.span());
            TokenTree::Ident(ty)
        }
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), with_self(group.stream(), ty));
            replaced.set_span(group.span());
            TokenTree::Group(replaced)
        }
        other => other,
    };
    tokens.into_iter().map(replaced).collect()
}

/// Moves the tokens to `place`, so that the compiler reports their errors there.
pub(crate) fn located_at(tokens: TokenStream, place: Span) -> TokenStream {
    let located = |token| match token {
        TokenTree::Group(group) => {
            let mut located = Group::new(group.delimiter(), located_at(group.stream(), place));
            located.set_span(group.span().located_at(place));
            TokenTree::Group(located)
        }
        mut other => {
            other.set_span(other.span().located_at(place));
            other
        }
    };
    tokens.into_iter().map(located).collect()
}
