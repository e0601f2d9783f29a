use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};

/// The local names of generated code.
const LOCALS: [&str; 9] = [
    "__assisted",
    "__construction",
    "__element",
    "__fields",
    "__inner",
    "__module",
    "__overrides",
    "__returned",
    "__value",
];

/// Makes the local names of generated code the macro's own.
///
/// Generated tokens have the span of the user's token that their errors belong to. That span has the hygiene of where the
/// token was written, so that inside a `macro_rules!` macro a local name made here and one made from a user's token would
/// not be the same.
pub(crate) fn with_own_locals(tokens: TokenStream) -> TokenStream {
    let own = |token| match token {
        TokenTree::Ident(ident) if LOCALS.iter().any(|local| ident == local) => {
            let span = ident.span().resolved_at(Span::call_site());
            TokenTree::Ident(Ident::new(&ident.to_string(), span))
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
