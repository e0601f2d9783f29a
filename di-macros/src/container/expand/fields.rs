//! The fields during the build, and the implementations of `Container` and `Module`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::container::model::{Container, Field};

/// Declares the hidden struct that holds the fields during the build, each in an `Option`.
pub(super) fn partial(container: &Container) -> TokenStream {
    let visibility = &container.visibility;
    let partial = container.partial();
    let fields = container.fields.iter().map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        quote!(#name: ::core::option::Option<#ty>)
    });
    let modules = container.fields.iter().filter(|field| field.is_module()).map(|field| {
        let overrides = field.module_overrides();
        quote!(#overrides: ::di_core::codegen::ModuleOverrides)
    });
    let slots = slots(container).map(|(slot, ty)| quote!(#slot: ::core::option::Option<#ty>));
    quote! {
        #[doc(hidden)]
        #visibility struct #partial {
            #(#fields,)*
            #(#modules,)*
            #(#slots,)*
            __hooks: ::di_core::codegen::Hooks,
            __wrappers: ::di_core::codegen::Wrappers<Self>,
        }
    }
}

/// Returns the hidden fields with the values of named parameters, and their types.
fn slots(container: &Container) -> impl Iterator<Item = (Ident, &Type)> {
    container.nodes().flat_map(|node| {
        let slot = |named| (node.slot(named), container.field(&named.field).untagged());
        node.named().iter().map(slot).collect::<Vec<_>>()
    })
}

/// Implements `Container` with the constants of the wiring.
pub(super) fn container(container: &Container) -> TokenStream {
    let container_name = &container.name;
    let in_crate = container.visibility_in_crate();
    let (partial, builder) = (container.partial(), container.builder());
    let names: Vec<_> = container.fields.iter().map(|field| &field.name).collect();
    let modules = container.fields.iter().filter(|field| field.is_module()).map(Field::module_overrides);
    let node_indexes = container.nodes().map(|node| node.index);
    let node_names: Vec<_> = container.nodes().map(|node| &node.field.name).collect();
    let field_indexes = container.last_nodes().map(|node| node.index);
    let slot_indexes = container.last_nodes().map(|node| node.index);
    let values: Vec<_> = (0..names.len()).map(|index| format_ident!("__value_{index}")).collect();
    let patterns = container.fields.iter().zip(&values).map(|(field, value)| {
        if field.is_if_needed { quote!(#value) } else { quote!(::core::option::Option::Some(#value)) }
    });
    let slots = slots(container).map(|(slot, _)| slot);
    let clone_field = container.has_deferred().then(|| clone_field(container));
    quote! {
        #[automatically_derived]
        impl ::di_core::Container for #container_name {
            type Fields = #partial;
            type Overrides = #builder<::di_core::codegen::Overrides>;

            const GRAPH: &'static ::di_core::Graph = Self::GRAPH;
            const BUILD_NODES: &'static [::di_core::codegen::BuildNode<Self::Fields>] = &WIRING.build_nodes;
            const ORDER: &'static [usize] = &ORDERING.order;

            fn empty_fields() -> Self::Fields {
                #partial {
                    #(#names: ::core::option::Option::None,)*
                    #(#modules: ::core::default::Default::default(),)*
                    #(#slots: ::core::option::Option::None,)*
                    __hooks: ::core::default::Default::default(),
                    __wrappers: ::core::default::Default::default(),
                }
            }

            fn is_built(__fields: &Self::Fields, __node: usize) -> bool {
                match __node {
                    #(#node_indexes => ::core::matches!(__fields.#node_names, ::core::option::Option::Some(_)),)*
                    _ => false,
                }
            }

            fn clear(__fields: &mut Self::Fields, __node: usize) {
                match __node {
                    #(#field_indexes => __fields.#names = ::core::option::Option::None,)*
                    _ => {}
                }
            }

            fn finish(__fields: Self::Fields) -> Self {
                match __fields {
                    #partial { #(#names: #patterns,)* .. } => {
                        #container_name { #(#names: #values),* }
                    }
                    #[allow(unreachable_patterns)]
                    _ => ::di_core::codegen::not_built(),
                }
            }

            fn hooks_mut(__fields: &mut Self::Fields) -> &mut ::di_core::codegen::Hooks {
                &mut __fields.__hooks
            }

            fn slot(
                __fields: &mut Self::Fields,
                __node: usize,
            ) -> ::core::option::Option<&mut dyn ::core::any::Any> {
                match __node {
                    #(#slot_indexes => ::core::option::Option::Some(&mut __fields.#names),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn wrap(__fields: &mut Self::Fields, __node: usize) {
                for __wrap in __fields.__wrappers.take(__node) {
                    __wrap(__fields);
                }
            }

            fn wrapped_nodes(__fields: &Self::Fields) -> ::std::vec::Vec<usize> {
                __fields.__wrappers.nodes()
            }

            fn overrides(__fields: Self::Fields) -> Self::Overrides {
                #builder { fields: ::std::boxed::Box::new(__fields), mode: ::di_core::codegen::Overrides }
            }

            fn into_fields(__overrides: Self::Overrides) -> Self::Fields {
                *__overrides.fields
            }

            #clone_field
        }

        #[allow(dead_code)]
        impl #container_name {
            #[doc(hidden)]
            #in_crate fn __field<__T: ::di_core::codegen::FieldOf<#container_name>>(&self) -> &__T {
                <__T as ::di_core::codegen::FieldOf<#container_name>>::field(self)
            }

            #[doc(hidden)]
            #in_crate fn __any_field(&self) -> ::di_core::codegen::AnyField<'_, Self> {
                ::di_core::codegen::AnyField(self)
            }
        }
    }
}

/// Generates the method that clones a field for a lazy component or a factory.
fn clone_field(container: &Container) -> TokenStream {
    let indexes = container.last_nodes().map(|node| node.index);
    let names = container.fields.iter().map(|field| &field.name);
    quote! {
        fn clone_field(__fields: &Self::Fields, __node: usize, __into: &mut Self::Fields) {
            #[allow(unused_imports)]
            use ::di_core::codegen::NotClone as _;
            match __node {
                #(#indexes => __into.#names = ::di_core::codegen::MaybeClone(&__fields.#names).maybe_clone(),)*
                _ => {}
            }
        }
    }
}

/// Implements `Module` for any container that has a field for each input.
pub(super) fn module(container: &Container) -> TokenStream {
    let container_name = &container.name;
    let partial = container.partial();
    let inputs: Vec<_> = container.fields.iter().filter(|field| field.is_input()).collect();
    let keys = inputs.iter().map(|field| match field.arc_content() {
        Some(content) => quote_spanned!(field.ty.span()=> #content: ::di_core::codegen::ArcFieldOf<__C>),
        None => {
            let ty = &field.ty;
            quote_spanned!(ty.span()=> #ty: ::di_core::codegen::CloneFieldOf<__C>)
        }
    });
    let types: Vec<_> = inputs.iter().map(|field| &field.ty).collect();
    let names = inputs.iter().map(|field| &field.name);
    let texts = inputs.iter().map(|field| field.name.unraw().to_string());
    let unlisted = inputs.is_empty().then(|| quote!(#[diagnostic::do_not_recommend]));
    quote! {
        #[automatically_derived]
        #unlisted
        impl<__C: ::di_core::Container> ::di_core::codegen::Module<__C> for #container_name
        where
            #(#keys,)*
            for<'__module> #container_name: ::di_core::codegen::BuildAsModule<'__module, Fields = #partial>,
        {
            const CONSTRUCTOR: ::di_core::codegen::Constructor =
                ::di_core::codegen::Constructor::new(&[#(<#types as ::di_core::codegen::FieldOf<__C>>::INDEX),*])
                    .with_names(&[#(#texts),*])
                    .with_async(#container_name::__FIRST_ASYNC != ::core::primitive::usize::MAX);

            #[allow(unused_variables, unused_mut)]
            fn build(
                __around: &<__C as ::di_core::Container>::Fields,
                __overrides: ::di_core::codegen::ModuleOverrides,
                __phase: ::di_core::codegen::Phase,
            ) -> ::di_core::codegen::Step<::di_core::codegen::BuiltModule<Self>> {
                ::di_core::codegen::BuildAsModule::build_as_module(__phase, #container_name::__FIRST_ASYNC, || {
                    let mut __fields = __overrides.into_fields::<#container_name>();
                    #(
                        if __fields.#names.is_none() {
                            __fields.#names = ::core::option::Option::Some(
                                ::di_core::codegen::cloned::<__C, #types>(__around),
                            );
                        }
                    )*
                    __fields
                })
            }
        }
    }
}
