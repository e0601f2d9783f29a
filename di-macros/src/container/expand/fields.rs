//! The fields while they are being built, and `Container` itself.

use proc_macro2::TokenStream;
use quote::quote;

use crate::container::model::Container;

/// A struct of options, hidden, with the container's visibility.
pub(super) fn partial(container: &Container) -> TokenStream {
    let visibility = &container.visibility;
    let partial = container.partial();
    let fields = container.fields.iter().map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        quote!(#name: ::core::option::Option<#ty>)
    });
    quote! {
        #[doc(hidden)]
        #visibility struct #partial { #(#fields),* }
    }
}

/// `Container`, by the constants that the wiring has made.
pub(super) fn container(container: &Container) -> TokenStream {
    let name = &container.name;
    let partial = container.partial();
    let names: Vec<_> = container.fields.iter().map(|field| &field.name).collect();
    let indexes: Vec<_> = (0..names.len()).collect();
    quote! {
        #[automatically_derived]
        impl ::di_core::Container for #name {
            type Fields = #partial;

            const GRAPH: &'static ::di_core::Graph = Self::GRAPH;
            const STARTS: &'static [::di_core::__private::Start<Self>] = &WIRING.starts;
            const ORDER: &'static [usize] = &ORDERING.order;

            fn no_fields() -> Self::Fields {
                #partial { #(#names: ::core::option::Option::None),* }
            }

            fn is_there(__fields: &Self::Fields, __node: usize) -> bool {
                match __node {
                    #(#indexes => __fields.#names.is_some(),)*
                    _ => false,
                }
            }

            fn clear(__fields: &mut Self::Fields, __node: usize) {
                match __node {
                    #(#indexes => __fields.#names = ::core::option::Option::None,)*
                    _ => {}
                }
            }

            fn finish(__fields: Self::Fields) -> Self {
                #name { #(#names: ::di_core::__private::taken(__fields.#names)),* }
            }
        }
    }
}
