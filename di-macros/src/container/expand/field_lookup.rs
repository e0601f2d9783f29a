//! Implementations of the traits by which a parameter finds a field: `FieldOf`, `ArcFieldOf`,
//! `CloneFieldOf` and `BorrowedFieldOf`.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::container::model::{Container, Field};
use crate::syntax::hygiene::with_hygienic_locals;
use crate::syntax::types::arc_content;

/// A field that is found by its type.
pub(super) struct Lookup<'a> {
    /// The container, or a view of it.
    pub(super) container: &'a Ident,
    /// The type of the partial fields.
    pub(super) partial: &'a Ident,
    /// The name in the partial fields.
    pub(super) name: &'a Ident,
    pub(super) ty: &'a Type,
    /// The index of the node.
    pub(super) index: usize,
    pub(super) is_public: bool,
    /// Whether a parameter `&T` borrows from this field of type `T`.
    pub(super) is_borrowed: bool,
    /// Reads the field of a finished container.
    pub(super) read: TokenStream,
}

/// Implements `ArcFieldOf` for `T` of each field of type `Arc<T>`, and `FieldOf` for each other field's type.
pub(super) fn implementations(container: &Container) -> TokenStream {
    let partial = container.partial();
    let nodes = container.last_nodes().filter(|node| node.field.duplicate_of.is_none());
    let implementations = nodes.map(|node| {
        let name = &node.field.name;
        implementation(&Lookup {
            container: &container.name,
            partial: &partial,
            name,
            ty: &node.field.ty,
            index: node.index,
            is_public: node.field.is_public,
            is_borrowed: container.is_borrowed_by_value(node.field),
            read: read(node.field),
        })
    });
    with_hygienic_locals(implementations.collect())
}

/// Reads a field of a finished container.
fn read(field: &Field) -> TokenStream {
    let (name, span) = (&field.name, field.ty.span());
    if field.is_if_needed {
        let text = name.unraw().to_string();
        quote_spanned!(span=> ::di_core::codegen::needed(&__container.#name, #text))
    } else {
        quote_spanned!(span=> &__container.#name)
    }
}

pub(super) fn implementation(lookup: &Lookup<'_>) -> TokenStream {
    let Lookup { container: container_name, partial, name, ty, index, read, .. } = lookup;
    let content = arc_content(ty);
    let (trait_path, key) = match content {
        Some(content) => (quote_spanned!(ty.span()=> ::di_core::codegen::ArcFieldOf), content),
        None => (quote_spanned!(ty.span()=> ::di_core::codegen::FieldOf), *ty),
    };
    let visibility = if lookup.is_public {
        quote_spanned!(ty.span()=> ::di_core::codegen::PublicField)
    } else {
        quote_spanned!(ty.span()=> ::di_core::codegen::PrivateField)
    };
    let take = content.is_none().then(|| {
        quote_spanned! {ty.span()=>
            fn take(__fields: &mut #partial) -> Self {
                ::di_core::codegen::unwrap_built(__fields.#name.take())
            }
        }
    });
    let by_value = content.is_none().then(|| by_value(lookup));
    let borrowed = lookup.is_borrowed.then(|| borrowed(lookup));
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
                #read
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
fn by_value(lookup: &Lookup<'_>) -> TokenStream {
    let Lookup { container: container_name, partial, name, ty, .. } = lookup;
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
fn borrowed(lookup: &Lookup<'_>) -> TokenStream {
    let Lookup { container: container_name, partial, name, ty, index, .. } = lookup;
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
