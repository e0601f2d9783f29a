//! `#[derive(Container)]`: parse into a model, hold it against the rules, expand.

mod expand;
mod fallback;
mod model;
mod rules;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

/// The container's implementation. In error, it still has its builder and its setters, so that one mistake gives one
/// error.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let fields = match rules::shape(input) {
        Ok(fields) => fields,
        Err(error) => return in_error(fallback::expand(input), [error]),
    };
    let mut errors = Vec::new();
    let container = model::Container::new(input, fields, &mut errors);
    in_error(expand::container(&container), errors)
}

/// The tokens, and what is wrong with them.
fn in_error(tokens: TokenStream, errors: impl IntoIterator<Item = Error>) -> TokenStream {
    let errors = errors.into_iter().map(Error::into_compile_error);
    quote!(#tokens #(#errors)*)
}
