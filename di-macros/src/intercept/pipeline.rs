//! Entry point of `#[intercept]`: parses, checks and expands a trait.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, ItemTrait};

use super::model::InterceptedTrait;
use super::{expand, rules};

/// Expands `#[intercept]` on a trait. The trait itself is not changed.
pub(crate) fn intercept_attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let Ok(parsed) = syn::parse2::<ItemTrait>(item.clone()) else {
        let message = "`#[intercept]` can only be applied to a trait; put it above mockall's `#[automock]`, which \
                       copies the attributes below it to the mock";
        let error = Error::new(Span::call_site(), message).into_compile_error();
        // The error precedes the item, because mockall copies attributes to statements. If the error followed such a
        // statement, the expansion would not be a valid statement.
        return quote!(#error #item);
    };
    let intercepted = InterceptedTrait::new(&parsed);
    let expansion = match rules::no_arguments(&arguments).and_then(|()| rules::check(&intercepted)) {
        Ok(()) => expand::intercepted_trait(&intercepted),
        Err(error) => error.into_compile_error(),
    };
    quote!(#item #expansion)
}
