//! Views of a container in which the fields of named parameters take the place of others.
//!
//! A constructor finds its dependencies by type in a container. For a node with named parameters, this is a view: a
//! hidden container with the same partial fields. In a view, the type of a named field without its tag leads to the value
//! of that field, which is kept in a hidden partial field while the constructor is called.

use proc_macro2::TokenStream;
use quote::quote;

use super::field_lookup::{Lookup, implementation};
use crate::container::model::{Container, Node};
use crate::syntax::hygiene::with_hygienic_locals;
use crate::syntax::source_text::source_text;
use crate::syntax::types::arc_content;

/// Declares a view for each node with named parameters.
pub(super) fn views(container: &Container) -> TokenStream {
    container.nodes().filter(|node| !node.named().is_empty()).map(|node| view(container, &node)).collect()
}

fn view(container: &Container, node: &Node<'_>) -> TokenStream {
    let (container_name, view, partial) = (&container.name, node.view(), container.partial());
    let slots: Vec<_> = node.named().iter().map(|named| (node.slot(named), container.field(&named.field))).collect();
    let replaces = |text: &str| slots.iter().any(|(_, field)| source_text(field.untagged()) == text);
    let read = quote!(::core::unreachable!("a view has no fields"));
    let others =
        container.last_nodes().filter(|other| other.field.duplicate_of.is_none() && !replaces(&other.field.type_text));
    let others = others.map(|other| {
        implementation(&Lookup {
            container: &view,
            partial: &partial,
            name: &other.field.name,
            ty: &other.field.ty,
            index: other.index,
            is_public: false,
            is_borrowed: container.is_borrowed_by_value(other.field),
            read: read.clone(),
        })
    });
    let named = slots.iter().map(|(slot, field)| {
        let ty = field.untagged();
        implementation(&Lookup {
            container: &view,
            partial: &partial,
            name: slot,
            ty,
            index: container.node_index(&field.name),
            is_public: false,
            is_borrowed: arc_content(ty).is_none(),
            read: read.clone(),
        })
    });
    let lookups = with_hygienic_locals(others.chain(named).collect());
    let clone_field = container.has_deferred().then(|| {
        let copies = slots.iter().map(|(slot, field)| {
            let index = container.node_index(&field.name);
            quote!(#index => __into.#slot = ::core::clone::Clone::clone(&__fields.#slot),)
        });
        quote! {
            fn clone_field(__fields: &Self::Fields, __node: usize, __into: &mut Self::Fields) {
                match __node {
                    #(#copies)*
                    _ => <#container_name as ::di_core::Container>::clone_field(__fields, __node, __into),
                }
            }
        }
    });
    quote! {
        struct #view;

        #[automatically_derived]
        impl ::di_core::Container for #view {
            type Fields = #partial;
            type Overrides = #partial;

            const GRAPH: &'static ::di_core::Graph = <#container_name as ::di_core::Container>::GRAPH;
            const BUILD_NODES: &'static [::di_core::codegen::BuildNode<Self::Fields>] = &[];
            const ORDER: &'static [usize] = &[];

            fn empty_fields() -> Self::Fields {
                <#container_name as ::di_core::Container>::empty_fields()
            }

            fn is_built(__fields: &Self::Fields, __node: usize) -> bool {
                <#container_name as ::di_core::Container>::is_built(__fields, __node)
            }

            fn clear(__fields: &mut Self::Fields, __node: usize) {
                <#container_name as ::di_core::Container>::clear(__fields, __node)
            }

            fn finish(_: Self::Fields) -> Self {
                #view
            }

            fn hooks_mut(__fields: &mut Self::Fields) -> &mut ::di_core::codegen::Hooks {
                <#container_name as ::di_core::Container>::hooks_mut(__fields)
            }

            fn overrides(__fields: Self::Fields) -> Self::Overrides {
                __fields
            }

            fn into_fields(__overrides: Self::Overrides) -> Self::Fields {
                __overrides
            }

            #clone_field
        }

        #lookups
    }
}
