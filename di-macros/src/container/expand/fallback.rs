//! Generated code for a container that was rejected because it is not a plain struct.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput};

use crate::container::attr;
use crate::container::model::{builder_name, setter_name, slice_name, wrapper_name};

/// Generates the names of a container that is generic or has no named fields, so that uses of it cause no further
/// errors.
///
/// The functions accept arguments of any type.
pub(crate) fn fallback(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let visibility = &input.vis;
    let (builder, slice) = (builder_name(name), slice_name(name));
    let (generics, arguments, predicates) = input.generics.split_for_impl();
    let fields: Vec<_> = match &input.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(_) | Data::Union(_) => Vec::new(),
    };
    let inputs = fields.iter().filter(|field| attr::is_input(field)).map(|_| quote!(_: impl ::core::marker::Sized));
    let setters = fields.iter().filter_map(|field| field.ident.as_ref()).map(|field| {
        let (setter, wrapper) = (setter_name(field), wrapper_name(field));
        quote! {
            #visibility fn #setter(self, _: impl ::core::marker::Sized) -> Self { self }

            #visibility fn #wrapper(self, _: impl ::core::marker::Sized) -> Self { self }
        }
    });
    quote! {
        #[allow(dead_code, missing_docs)]
        #visibility struct #builder<__T>(::core::marker::PhantomData<__T>);

        #[allow(dead_code, missing_docs)]
        #visibility type #slice<__T> = #builder<__T>;

        #[allow(dead_code, missing_docs)]
        impl #generics #name #arguments #predicates {
            #visibility const GRAPH: &'static ::di_core::Graph = &::di_core::Graph::new("", "", &[]);

            #visibility fn builder(#(#inputs),*) -> #builder<Self> {
                ::core::unreachable!()
            }

            #visibility fn slice() -> #slice<Self> {
                ::core::unreachable!()
            }
        }

        #[allow(dead_code, missing_docs)]
        impl<__T> #builder<__T> {
            #(#setters)*

            #visibility async fn build(self) -> ::core::result::Result<__T, ::di_core::BuildError> {
                ::core::unreachable!()
            }

            #visibility fn build_sync(self) -> ::core::result::Result<__T, ::di_core::BuildError> {
                ::core::unreachable!()
            }

            #visibility fn strict(self) -> Self {
                self
            }

            #visibility async fn get<__U>(self) -> ::core::result::Result<__U, ::di_core::BuildError> {
                ::core::unreachable!()
            }
        }
    }
}
