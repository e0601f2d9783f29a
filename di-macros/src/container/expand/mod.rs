//! Generated code of a container: fields during the build, builder, wiring and graph.

mod builder;
mod collect;
mod constructor;
mod fallback;
mod field_lookup;
mod fields;
mod provide;
mod start;
mod view;
mod wiring;

use proc_macro2::TokenStream;
use quote::quote;

pub(crate) use fallback::fallback;

use crate::container::model::Container;

/// Generates the implementation of a container, its builder and its graph.
pub(crate) fn container(container: &Container) -> TokenStream {
    let partial = fields::partial(container);
    let builder = builder::types(container);
    let implementations = [
        fields::container(container),
        field_lookup::implementations(container),
        view::views(container),
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
