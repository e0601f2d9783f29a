//! `#[intercept]` on a trait: parse into a model, hold it against the rules, expand.

mod expand;
mod model;
mod rules;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, ItemTrait};

/// The trait as it is, and what makes it interceptable.
pub(crate) fn of_trait(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let Ok(parsed) = syn::parse2::<ItemTrait>(item.clone()) else {
        let message =
            "`#[intercept]` goes on a trait, whose calls are to be intercepted, and above mockall's `#[automock]`";
        let error = Error::new(Span::call_site(), message).into_compile_error();
        return quote!(#item #error);
    };
    let expansion = match rules::no_arguments(&arguments).and_then(|()| model::Interface::new(&parsed)) {
        Ok(interface) => expand::interface(&interface),
        Err(error) => error.into_compile_error(),
    };
    quote!(#item #expansion)
}
