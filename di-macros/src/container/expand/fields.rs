//! The fields during the build, and the implementations of `Container` and `Module`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::container::model::{Container, Field};

/// Declares the hidden struct of the fields during the build, each an option.
pub(super) fn partial(container: &Container) -> TokenStream {
    let visibility = &container.visibility;
    let partial = container.partial();
    let fields = container.fields.iter().map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        quote!(#name: ::core::option::Option<#ty>)
    });
    let modules = container.fields.iter().filter(|field| field.is_module()).map(|field| {
        let overrides = field.module_overrides();
        quote!(#overrides: ::di_core::__private::ModuleOverrides)
    });
    quote! {
        #[doc(hidden)]
        #visibility struct #partial { #(#fields,)* #(#modules,)* __hooks: ::di_core::__private::Hooks }
    }
}

/// Implements `Container` with the constants of the wiring.
pub(super) fn container(container: &Container) -> TokenStream {
    let app = &container.name;
    let visibility = &container.visibility;
    let (partial, builder) = (container.partial(), container.builder());
    let names: Vec<_> = container.fields.iter().map(|field| &field.name).collect();
    let modules = container.fields.iter().filter(|field| field.is_module()).map(Field::module_overrides);
    let node_indexes = container.nodes().map(|node| node.index);
    let node_names: Vec<_> = container.nodes().map(|node| &node.field.name).collect();
    let field_indexes = container.last_nodes().map(|node| node.index);
    let values: Vec<_> = (0..names.len()).map(|index| format_ident!("__value_{index}")).collect();
    let keep = container.has_deferred().then(|| keep(container));
    quote! {
        #[automatically_derived]
        impl ::di_core::Container for #app {
            type Fields = #partial;
            type Overrides = #builder<::di_core::Overrides>;

            const GRAPH: &'static ::di_core::Graph = Self::GRAPH;
            const STARTS: &'static [::di_core::__private::Start<Self::Fields>] = &WIRING.starts;
            const ORDER: &'static [usize] = &ORDERING.order;

            fn no_fields() -> Self::Fields {
                #partial {
                    #(#names: ::core::option::Option::None,)*
                    #(#modules: ::core::default::Default::default(),)*
                    __hooks: ::core::default::Default::default(),
                }
            }

            fn is_there(__fields: &Self::Fields, __node: usize) -> bool {
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
                    #partial { #(#names: ::core::option::Option::Some(#values),)* .. } => #app { #(#names: #values),* },
                    _ => ::di_core::__private::not_built(),
                }
            }

            fn hooks_mut(__fields: &mut Self::Fields) -> &mut ::di_core::__private::Hooks {
                &mut __fields.__hooks
            }

            fn overrides(__fields: Self::Fields) -> Self::Overrides {
                #builder { fields: __fields, mode: ::di_core::Overrides }
            }

            fn overridden(__overrides: Self::Overrides) -> Self::Fields {
                __overrides.fields
            }

            #keep
        }

        #[allow(dead_code)]
        impl #app {
            #[doc(hidden)]
            #visibility fn __field<__T: ::di_core::Slot<#app>>(&self) -> &__T {
                <__T as ::di_core::Slot<#app>>::field(self)
            }
        }
    }
}

/// Clones the fields that a lazy component or a factory needs.
fn keep(container: &Container) -> TokenStream {
    let indexes = container.last_nodes().map(|node| node.index);
    let names = container.fields.iter().map(|field| &field.name);
    quote! {
        fn keep(__fields: &Self::Fields, __node: usize, __kept: &mut Self::Fields) {
            #[allow(unused_imports)]
            use ::di_core::__private::NotKept as _;
            match __node {
                #(#indexes => __kept.#names = ::di_core::__private::Keep(&__fields.#names).kept(),)*
                _ => {}
            }
        }
    }
}

/// Implements `Module` for any container that has a field for each input.
pub(super) fn module(container: &Container) -> TokenStream {
    let app = &container.name;
    let partial = container.partial();
    let inputs: Vec<_> = container.fields.iter().filter(|field| field.is_input()).collect();
    let keys = inputs.iter().map(|field| match field.arc_content() {
        Some(content) => quote_spanned!(field.ty.span()=> #content: ::di_core::ArcSlot<__C>),
        None => {
            let ty = &field.ty;
            quote_spanned!(ty.span()=> #ty: ::di_core::CloneSlot<__C>)
        }
    });
    let types: Vec<_> = inputs.iter().map(|field| &field.ty).collect();
    let names = inputs.iter().map(|field| &field.name);
    let unlisted = inputs.is_empty().then(|| quote!(#[diagnostic::do_not_recommend]));
    quote! {
        #[automatically_derived]
        #unlisted
        impl<__C: ::di_core::Container> ::di_core::Module<__C> for #app
        where
            #(#keys,)*
            for<'__module> #app: ::di_core::__private::BuiltInside<'__module, Fields = #partial>,
        {
            const CONSTRUCTOR: ::di_core::Constructor =
                ::di_core::Constructor::new(&[#(<#types as ::di_core::Slot<__C>>::INDEX),*])
                    .with_async(#app::__FIRST_ASYNC != ::core::primitive::usize::MAX);

            #[allow(unused_variables, unused_mut)]
            fn build(
                __around: &<__C as ::di_core::Container>::Fields,
                __overrides: ::di_core::__private::ModuleOverrides,
                __phase: ::di_core::__private::Phase,
            ) -> ::core::result::Result<(Self, ::di_core::__private::ModuleHooks), ::di_core::__private::Started> {
                ::di_core::__private::BuiltInside::build_inside(__phase, #app::__FIRST_ASYNC, || {
                    let mut __fields = __overrides.into_fields::<#app>();
                    #(
                        if __fields.#names.is_none() {
                            __fields.#names = ::core::option::Option::Some(
                                ::di_core::__private::cloned::<__C, #types>(__around),
                            );
                        }
                    )*
                    __fields
                })
            }
        }
    }
}
