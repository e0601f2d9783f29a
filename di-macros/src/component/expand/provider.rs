//! The type that `#[provider]` adds next to a function, and its implementation of `Provider`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{ItemFn, ReturnType};

use super::construction::{construction, constructor_const, field_bounds, method_name, method_result};
use crate::component::model::Constructor;

/// Declares a hidden type with the function's name, and implements `Provider` for it.
pub(crate) fn provider(function: &ItemFn, constructor: &Constructor) -> TokenStream {
    let constant = constructor_const(constructor, false, false);
    let (returns, method) = (&constructor.returned, method_name("provide", constructor));
    let result = method_result(constructor, quote!(Self::Returned));
    let body = construction(constructor, |returned| returned);
    implement_provider(
        function,
        field_bounds(constructor),
        quote! {
            type Returned = #returns;
            #constant

            fn #method(__fields: &<__C as ::di_core::Container>::Fields) -> #result {
                #body
            }
        },
    )
}

/// Declares the same type for a rejected provider, so that uses of it cause no further errors.
pub(crate) fn provider_stub(function: &ItemFn) -> TokenStream {
    let returned = match &function.sig.output {
        ReturnType::Type(_, returned) => returned.to_token_stream(),
        ReturnType::Default => quote!(()),
    };
    implement_provider(
        function,
        TokenStream::new(),
        quote! {
            type Returned = #returned;
            const CONSTRUCTOR: ::di_core::codegen::Constructor = ::di_core::codegen::Constructor::new(&[]);
        },
    )
}

fn implement_provider(function: &ItemFn, bounds: TokenStream, items: TokenStream) -> TokenStream {
    let name = &function.sig.ident;
    let visibility = &function.vis;
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code, clippy::empty_enums)]
        #visibility enum #name {}

        #[automatically_derived]
        impl<__C: ::di_core::Container> ::di_core::codegen::Provider<__C> for #name
        where
            #bounds
        {
            #items
        }
    }
}
