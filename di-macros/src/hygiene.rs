use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};

/// Makes the local names of generated code, which begin with two underscores, the macro's own.
///
/// Generated tokens have the span of the user's token that their errors belong to. That span has the hygiene of where the
/// token was written, so that inside a `macro_rules!` macro a local name made here and one made from a user's token would
/// not be the same.
pub(crate) fn with_own_locals(tokens: TokenStream) -> TokenStream {
    let own = |token| match token {
        TokenTree::Ident(ident) => {
            // The compiler's identifiers can be compared only by a text that is made each time.
            let text = ident.to_string();
            if text.starts_with("__") {
                TokenTree::Ident(Ident::new(&text, ident.span().resolved_at(Span::call_site())))
            } else {
                TokenTree::Ident(ident)
            }
        }
        TokenTree::Group(group) => {
            let mut owned = Group::new(group.delimiter(), with_own_locals(group.stream()));
            owned.set_span(group.span());
            TokenTree::Group(owned)
        }
        other => other,
    };
    tokens.into_iter().map(own).collect()
}

/// The tokens, reported at `place` if something is wrong with them.
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
