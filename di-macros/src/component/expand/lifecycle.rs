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
        let (cfgs, variant, milliseconds) = (&hook.cfgs, variant(hook), hook.arguments.timeout_ms?);
        Some(quote! {
            #(#cfgs)*
            ::di_core::codegen::Hook::#variant => {
                ::core::option::Option::Some(::core::time::Duration::from_millis(#milliseconds))
            }
        })
    });
    let present = hooks.iter().map(|hook| {
        let (cfgs, variant) = (&hook.cfgs, variant(hook));
        quote!(#(#cfgs)* ::di_core::codegen::Hook::#variant => true,)
    });
    let forever = hooks.iter().find(|hook| hook.arguments.is_forever).map(|hook| {
        let cfgs = &hook.cfgs;
        quote! {
            #(#cfgs)*
            fn runs_forever(&self) -> bool {
                true
            }
        }
    });
    quote! {
        #(#methods)*

        fn has(&self, __hook: ::di_core::codegen::Hook) -> bool {
            #[allow(unreachable_patterns, clippy::match_like_matches_macro)]
            match __hook {
                #(#present)*
                _ => false,
            }
        }

        #forever

        fn timeout(&self, __hook: ::di_core::codegen::Hook) -> ::core::option::Option<::core::time::Duration> {
            match __hook {
                #(#timeouts)*
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// Returns the variant of `Hook`.
fn variant(hook: &Hook) -> Ident {
    let name = match hook.kind {
        HookKind::Start => "Start",
        HookKind::Run => "Run",
        HookKind::Stop => "Stop",
        HookKind::Commit => "Commit",
        HookKind::Rollback => "Rollback",
    };
    Ident::new(name, Span::call_site())
}

fn method(hook: &Hook) -> TokenStream {
    let (method, cfgs) = (&hook.signature.ident, &hook.cfgs);
    let name = Ident::new(hook.kind.name(), Span::call_site());
    let shutdown = (hook.kind == HookKind::Run).then(|| quote!(, __shutdown: ::di_core::Shutdown));
    let argument = hook.takes_shutdown().then(|| quote!(__shutdown));
    let awaited = hook.is_async().then(|| quote!(.await));
    let receiver = if hook.takes_arc() { quote!(self) } else { quote!(&self) };
    let returned = hook.returned();
    let result = quote_spanned!(returned.span()=> ::di_core::codegen::hook_result::<#returned>(__returned));
    quote_spanned! {method.span()=>
        #(#cfgs)*
        #[allow(unused_variables)]
        fn #name(
            self: ::std::sync::Arc<Self> #shutdown
        ) -> ::core::option::Option<::di_core::BoxFuture<::core::result::Result<(), ::di_core::BoxError>>> {
            ::core::option::Option::Some(::std::boxed::Box::pin(async move {
                let __returned = Self::#method(#receiver, #argument)#awaited;
                #result
            }))
        }
    }
}
