//! Implementations of the traits by which a parameter finds a field: `FieldOf`, `ArcFieldOf`,
//! `CloneFieldOf` and `BorrowedFieldOf`.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;

use crate::container::model::{Container, Field};
use crate::syntax::hygiene::with_hygienic_locals;

/// Implements `ArcFieldOf` for `T` of each field of type `Arc<T>`, and `FieldOf` for each other field's type.
pub(super) fn implementations(container: &Container) -> TokenStream {
    let nodes = container.last_nodes().filter(|node| node.field.duplicate_of.is_none());
    with_hygienic_locals(nodes.map(|node| implementation(container, node.index, node.field)).collect())
}

fn implementation(container: &Container, index: usize, field: &Field) -> TokenStream {
    let container_name = &container.name;
    let partial = container.partial();
    let (name, ty) = (&field.name, &field.ty);
    let (trait_path, key) = match field.arc_content() {
        Some(content) => (quote_spanned!(ty.span()=> ::di_core::codegen::ArcFieldOf), content),
        None => (quote_spanned!(ty.span()=> ::di_core::codegen::FieldOf), ty),
    };
    let visibility = if field.is_public {
        quote_spanned!(ty.span()=> ::di_core::codegen::PublicField)
    } else {
        quote_spanned!(ty.span()=> ::di_core::codegen::PrivateField)
    };
    let take = field.arc_content().is_none().then(|| {
        quote_spanned! {ty.span()=>
            fn take(__fields: &mut #partial) -> Self {
                ::di_core::codegen::unwrap_built(__fields.#name.take())
            }
        }
    });
    let by_value = field.arc_content().is_none().then(|| by_value(container, field));
    let borrowed = container.is_borrowed_by_value(field).then(|| borrowed(container, index, field));
    // If a field is missing, a list of the others does not help, hence `do_not_recommend`.
    quote_spanned! {ty.span()=>
        #by_value
        #borrowed

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #trait_path<#container_name> for #key {
            type Visibility = #visibility;
            const INDEX: usize = #index;

            fn field(__container: &#container_name) -> &#ty {
                &__container.#name
            }

            fn partial_field(__fields: &#partial) -> &::core::option::Option<#ty> {
                &__fields.#name
            }

            #take
        }
    }
}

/// Implements `CloneFieldOf` for a field's type, under the bound that the type is `Clone`. The lifetime in the bound
/// delays the compiler's check until a parameter requires the implementation.
fn by_value(container: &Container, field: &Field) -> TokenStream {
    let (container_name, partial) = (&container.name, container.partial());
    let (name, ty) = (&field.name, &field.ty);
    quote_spanned! {ty.span()=>
        #[automatically_derived]
        impl ::di_core::codegen::CloneFieldOf<#container_name> for #ty
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

/// Implements `BorrowedFieldOf` for a field's type.
fn borrowed(container: &Container, index: usize, field: &Field) -> TokenStream {
    let (container_name, partial) = (&container.name, container.partial());
    let (name, ty) = (&field.name, &field.ty);
    quote_spanned! {ty.span()=>
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl ::di_core::codegen::BorrowedFieldOf<#container_name> for #ty {
            const INDEX: usize = #index;
            type Holder = ::di_core::codegen::ByValue;

            fn borrowed(__fields: &#partial) -> &Self {
                ::di_core::codegen::built(&__fields.#name)
            }
        }
    }
}
