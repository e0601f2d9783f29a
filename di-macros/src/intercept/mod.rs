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
        let message = "`#[intercept]` goes on a trait, and above mockall's `#[automock]`, which copies to the mock what stands \
                       below it";
        let error = Error::new(Span::call_site(), message).into_compile_error();
        // In this order it is right for a statement, too, which mockall has its attributes copied to.
        return quote!(#error #item);
    };
    let expansion = match rules::no_arguments(&arguments).and_then(|()| model::Interface::new(&parsed)) {
        Ok(interface) => expand::interface(&interface),
        Err(error) => error.into_compile_error(),
    };
    quote!(#item #expansion)
}
