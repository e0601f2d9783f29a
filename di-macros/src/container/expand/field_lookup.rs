//! The traits that find a field by its type.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;

use crate::container::model::{Container, Field};
use crate::syntax::hygiene::with_hygienic_locals;

/// Implements `FieldOf` or `ArcFieldOf` for the type of each field.
pub(super) fn implementations(container: &Container) -> TokenStream {
    let nodes = container.last_nodes().filter(|node| node.field.duplicate_of.is_none());
    with_hygienic_locals(nodes.map(|node| implementation(container, node.index, node.field)).collect())
}

fn implementation(container: &Container, index: usize, field: &Field) -> TokenStream {
    let app = &container.name;
    let partial = container.partial();
    let (name, ty) = (&field.name, &field.ty);
    let (slot, key) = match field.arc_content() {
        Some(content) => (quote_spanned!(ty.span()=> ::di_core::codegen::ArcFieldOf), content),
        None => (quote_spanned!(ty.span()=> ::di_core::codegen::FieldOf), ty),
    };
    let take = field.arc_content().is_none().then(|| {
        quote_spanned! {ty.span()=>
            fn take(__fields: &mut #partial) -> Self {
                ::di_core::codegen::unwrap_built(__fields.#name.take())
            }
        }
    });
    let by_value = field.arc_content().is_none().then(|| by_value(container, field));
    // A list of the other fields would not explain a missing one, hence `do_not_recommend`.
    quote_spanned! {ty.span()=>
        #by_value

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #slot<#app> for #key {
            const INDEX: usize = #index;

            fn field(__container: &#app) -> &#ty {
                &__container.#name
            }

            fn partial_field(__fields: &#partial) -> &::core::option::Option<#ty> {
                &__fields.#name
            }

            #take
        }
    }
}

/// Implements `CloneFieldOf` if the type is `Clone`. The lifetime keeps the compiler from checking this before a
/// parameter requires it.
fn by_value(container: &Container, field: &Field) -> TokenStream {
    let (app, partial) = (&container.name, container.partial());
    let (name, ty) = (&field.name, &field.ty);
    quote_spanned! {ty.span()=>
        #[automatically_derived]
        impl ::di_core::codegen::CloneFieldOf<#app> for #ty
        where
            for<'__parameter> #ty: ::di_core::codegen::CloneFor<'__parameter>,
        {
            fn cloned(__fields: &#partial) -> Self {
                match &__fields.#name {
                    ::core::option::Option::Some(__value) => {
                        ::di_core::codegen::CloneFor::clone_for_parameter(__value)
                    }
                    ::core::option::Option::None => ::di_core::codegen::unwrap_built(::core::option::Option::None),
                }
            }
        }
    }
}
