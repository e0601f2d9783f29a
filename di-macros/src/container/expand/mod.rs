//! What the derive writes, by what is written.

mod builder;
mod fields;
mod slots;
mod wiring;

use proc_macro2::TokenStream;
use quote::quote;

use super::model::Container;

/// All of it.
pub(super) fn container(container: &Container) -> TokenStream {
    let partial = fields::partial(container);
    let builder = builder::types(container);
    let implementations = [
        fields::container(container),
        slots::implementations(container),
        wiring::wiring(container),
        fields::module(container),
        builder::methods(container),
    ];
    quote! {
        #partial
        #builder
        const _: () = {
            #(#implementations)*
        };
    }
}
