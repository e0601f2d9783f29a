//! Overrides of the methods that build a component or a decorator, for async constructors and for hooks.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use crate::component::model::{Constructor, Hook};

/// Overrides the build methods of `Component` if the constructor is async or the component has hooks.
pub(super) fn build_component(constructor: &Constructor, hooks: &[Hook]) -> TokenStream {
    if !constructor.is_async && hooks.is_empty() {
        return TokenStream::new();
    }
    let trait_path = quote!(<Self as ::di_core::Component<__C>>);
    let build = constructor.is_async.then(|| {
        quote! {
            fn build(
                __fields: &mut <__C as ::di_core::Container>::Fields,
                __phase: ::di_core::codegen::Phase,
            ) -> ::di_core::codegen::Step<Self> {
                ::di_core::codegen::step_async(__phase, || #trait_path::construct_async(__fields))
            }
        }
    });
    let shared = shared(hooks, &quote!(#trait_path::build(__fields, __phase)));
    quote! {
        #build

        #[allow(unused_variables)]
        fn build_shared(
            __fields: &mut <__C as ::di_core::Container>::Fields,
            __node: usize,
            __phase: ::di_core::codegen::Phase,
        ) -> ::di_core::codegen::Step<::std::sync::Arc<Self>> {
            #shared
        }
    }
}

/// Overrides the build method of `Component` for a constructor that returns an `Arc`.
pub(super) fn build_shared_component(constructor: &Constructor, hooks: &[Hook]) -> TokenStream {
    let trait_path = quote!(<Self as ::di_core::Component<__C>>);
    let built = if constructor.is_async {
        quote!(::di_core::codegen::step_async(__phase, || #trait_path::construct_shared_async(__fields)))
    } else {
        quote!(::di_core::codegen::Step::of(#trait_path::construct_shared(__fields)))
    };
    let with_hooks = (!hooks.is_empty())
        .then(|| quote!(let __built = ::di_core::codegen::with_hooks::<__C, Self>(__built, __fields, __node);));
    quote! {
        #[allow(unused_variables)]
        fn build_shared(
            __fields: &mut <__C as ::di_core::Container>::Fields,
            __node: usize,
            __phase: ::di_core::codegen::Phase,
        ) -> ::di_core::codegen::Step<::std::sync::Arc<Self>> {
            let __built = #built;
            #with_hooks
            __built
        }
    }
}

/// Overrides the build methods of `Decorator` if the constructor is async or the component has hooks.
pub(super) fn build_decorator(constructor: &Constructor, hooks: &[Hook], inner: &Type) -> TokenStream {
    let trait_path = quote!(<Self as ::di_core::codegen::Decorator<__C, #inner>>);
    let build = constructor.is_async.then(|| {
        quote! {
            fn build(
                __fields: &mut <__C as ::di_core::Container>::Fields,
                __inner: ::core::option::Option<#inner>,
                __phase: ::di_core::codegen::Phase,
            ) -> ::di_core::codegen::Step<Self> {
                ::di_core::codegen::step_async(__phase, || {
                    #trait_path::decorate_async(__fields, ::di_core::codegen::unwrap_built(__inner))
                })
            }
        }
    });
    let shared = (!hooks.is_empty()).then(|| {
        let shared = shared(hooks, &quote!(#trait_path::build(__fields, __inner, __phase)));
        quote! {
            fn build_shared(
                __fields: &mut <__C as ::di_core::Container>::Fields,
                __inner: ::core::option::Option<#inner>,
                __node: usize,
                __phase: ::di_core::codegen::Phase,
            ) -> ::di_core::codegen::Step<::std::sync::Arc<Self>> {
                #shared
            }
        }
    });
    quote!(#build #shared)
}

/// Wraps the component in an `Arc`, and registers its hooks, if any, with the container.
fn shared(hooks: &[Hook], built: &TokenStream) -> TokenStream {
    if hooks.is_empty() {
        return quote!(::di_core::codegen::into_arc(#built));
    }
    quote! {
        let __built = #built;
        ::di_core::codegen::into_arc_with_hooks::<__C, Self>(__built, __fields, __node)
    }
}
