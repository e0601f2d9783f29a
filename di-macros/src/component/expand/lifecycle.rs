//! Implementation of `Lifecycle`, which calls the hooks of a component.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::component::attr::HookKind;
use crate::component::model::Hook;
use crate::syntax::hygiene::with_hygienic_locals;

/// Implements `Lifecycle` for a component with hooks.
pub(super) fn lifecycle(
    parameters: &TokenStream,
    predicates: &TokenStream,
    self_type: &Type,
    hooks: &[Hook],
) -> TokenStream {
    let methods = with_hygienic_locals(methods(hooks));
    quote! {
        #[automatically_derived]
        impl<#parameters> ::di_core::codegen::Lifecycle for #self_type
        where
            #predicates
        {
            #methods
        }
    }
}

fn methods(hooks: &[Hook]) -> TokenStream {
    let methods = hooks.iter().map(method);
    let timeouts = hooks.iter().filter_map(|hook| {
        let milliseconds = hook.timeout_ms?;
        let variant = match hook.kind {
            HookKind::Start => quote!(Start),
            HookKind::Run => quote!(Run),
            HookKind::Stop => quote!(Stop),
        };
        Some(quote! {
            ::di_core::codegen::Hook::#variant => {
                ::core::option::Option::Some(::core::time::Duration::from_millis(#milliseconds))
            }
        })
    });
    quote! {
        #(#methods)*

        fn timeout(&self, __hook: ::di_core::codegen::Hook) -> ::core::option::Option<::core::time::Duration> {
            match __hook {
                #(#timeouts)*
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
    }
}

fn method(hook: &Hook) -> TokenStream {
    let method = &hook.signature.ident;
    let name = Ident::new(hook.kind.name(), Span::call_site());
    let shutdown = (hook.kind == HookKind::Run).then(|| quote!(, __shutdown: ::di_core::Shutdown));
    let argument = hook.takes_shutdown().then(|| quote!(__shutdown));
    let awaited = hook.is_async().then(|| quote!(.await));
    let returned = hook.returned();
    let result = quote_spanned!(returned.span()=> ::di_core::codegen::hook_result::<#returned>(__returned));
    quote_spanned! {method.span()=>
        #[allow(unused_variables)]
        fn #name(
            self: ::std::sync::Arc<Self> #shutdown
        ) -> ::core::option::Option<::di_core::BoxFuture<::core::result::Result<(), ::di_core::BoxError>>> {
            ::core::option::Option::Some(::std::boxed::Box::pin(async move {
                let __returned = Self::#method(&self, #argument)#awaited;
                #result
            }))
        }
    }
}
