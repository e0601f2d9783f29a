//! Generated implementations: the trait for `Intercepted`, and `Interceptable` for the trait object.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{GenericParam, Generics};

use super::model::{InterceptedTrait, Method, ReturnKind};
use crate::syntax::hygiene::argument_name;

/// Implements the trait for `Intercepted<T, I>`, and `Interceptable` for the trait object.
///
/// `T` is any implementation of the trait, not only the trait object, so that a supertrait with `#[intercept]` is
/// implemented for the same `Intercepted<T, I>`.
pub(super) fn intercepted_trait(intercepted: &InterceptedTrait<'_>) -> TokenStream {
    let name = &intercepted.item.ident;
    let text = intercepted.name();
    let (generics, arguments, predicates) = intercepted.item.generics.split_for_impl();
    let path = quote!(#name #arguments);
    let predicates = predicates.into_iter().flat_map(|clause| &clause.predicates);
    // `Interceptable` is implemented for a `'static` trait object, so its type parameters must be `'static` as well.
    let parameters = intercepted.item.generics.type_params().map(|parameter| &parameter.ident);
    let predicates = quote!(#(#predicates,)* #(#parameters: 'static,)*);
    let (inner, interceptor) = (format_ident!("__Inner"), format_ident!("__Interceptor"));
    let intercepted_generics = with_parameters(&intercepted.item.generics, [&inner, &interceptor]);
    let (intercepted_generics, ..) = intercepted_generics.split_for_impl();
    let async_trait = intercepted.async_trait;
    // If a trait lacks the attribute, a list of the traits that have it does not help.
    let unlisted = intercepted.item.generics.params.is_empty().then(|| quote!(#[diagnostic::do_not_recommend]));
    let methods =
        intercepted.methods.iter().enumerate().map(|(index, method)| forwarding_method(method, index, &path, &inner));
    let method_data = intercepted.methods.iter().map(|method| method_data(method, &text));
    quote! {
        const _: () = {
            #[allow(unused_imports)]
            use ::di_core::codegen::Fallback as _;

            #async_trait
            #[automatically_derived]
            #[allow(clippy::too_many_arguments, clippy::type_complexity, deprecated)]
            impl #intercepted_generics #path for ::di_core::Intercepted<#inner, #interceptor>
            where
                #inner: #path + ::di_core::codegen::Shared + ?::core::marker::Sized,
                #interceptor: ::di_core::intercept::Interceptor,
                #predicates
            {
                #(#methods)*
            }

            #[automatically_derived]
            #unlisted
            impl #generics ::di_core::intercept::Interceptable for dyn #path
            where
                #predicates
            {
                const NAME: &'static str = #text;

                const METHODS: &'static [::di_core::intercept::Method] = &[#(#method_data),*];

                fn intercepted<#interceptor: ::di_core::intercept::Interceptor>(
                    __inner: ::std::sync::Arc<Self>,
                    __interceptor: #interceptor,
                ) -> ::std::sync::Arc<Self> {
                    ::std::sync::Arc::new(::di_core::Intercepted::new(__inner, __interceptor))
                }
            }
        };
    }
}

fn with_parameters<'a>(generics: &Generics, parameters: impl IntoIterator<Item = &'a Ident>) -> Generics {
    let mut generics = generics.clone();
    let parameters = parameters.into_iter().map(|parameter| -> GenericParam { syn::parse_quote!(#parameter) });
    generics.params.extend(parameters);
    generics
}

/// Generates the method that calls the interceptor.
fn forwarding_method(method: &Method<'_>, index: usize, path: &TokenStream, inner: &Ident) -> TokenStream {
    let signature = &method.signature;
    let forwarded = |forward: TokenStream, inner_component: TokenStream| {
        forward_call(method, index, path, inner, &forward, &inner_component)
    };
    // With this span, the report of a waiting task points at the method, not at the attribute above the trait.
    let wait = quote_spanned!(signature.ident.span()=> .await);
    let body = match &method.kind {
        ReturnKind::Sync => {
            let call = forwarded(quote!(forward_sync), quote!(&**__inner));
            quote!(::di_core::intercept::Interceptor::around_sync(&**__interceptor, #call))
        }
        ReturnKind::Async => {
            let call = forwarded(quote!(forward), quote!(&**__inner));
            quote!(::di_core::intercept::Interceptor::around(&**__interceptor, #call) #wait)
        }
        ReturnKind::BoxedFuture(future) if !future.is_static() => {
            let call = forwarded(quote!(forward), quote!(&**__inner));
            quote!(::std::boxed::Box::pin(::di_core::intercept::Interceptor::around(&**__interceptor, #call)))
        }
        ReturnKind::BoxedFuture(_) => {
            let call = forwarded(quote!(forward), quote!(&*__inner));
            quote! {
                let __inner = ::std::sync::Arc::clone(__inner);
                let __interceptor = ::std::sync::Arc::clone(__interceptor);
                ::std::boxed::Box::pin(async move {
                    ::di_core::intercept::Interceptor::around(&*__interceptor, #call) #wait
                })
            }
        }
    };
    quote! {
        #signature {
            let (__inner, __interceptor) = ::di_core::codegen::parts(self);
            #body
        }
    }
}

/// Generates the call that the interceptor receives: the method's data, the arguments, the closure that calls the
/// component, and which traits the argument types and the output implement.
fn forward_call(
    method: &Method<'_>,
    index: usize,
    path: &TokenStream,
    inner: &Ident,
    forward: &TokenStream,
    inner_component: &TokenStream,
) -> TokenStream {
    let name = &method.signature.ident;
    let names: Vec<_> = (0..method.arguments.len()).map(argument_name).collect();
    let types: Vec<_> = method.arguments.iter().map(|argument| &argument.ty).collect();
    let shown = method.arguments.iter().zip(&names).map(|(argument, name)| {
        let (text, ty) = (&argument.name, &argument.ty);
        quote! {
            ::di_core::codegen::show::<#ty>(__visit, #text, #name, <::di_core::codegen::Probe<#ty>>::DEBUG);
        }
    });
    let outputs = outputs(method);
    quote! {
        ::di_core::codegen::#forward(
            &<dyn #path as ::di_core::intercept::Interceptable>::METHODS[#index],
            (#(#names,)*),
            |(#(#names,)*)| <#inner as #path>::#name(#inner_component, #(#names),*),
            || ::di_core::codegen::Abilities {
                clone: <::di_core::codegen::Probe<(#(#types,)*)>>::CLONE,
                #[allow(unused_variables)]
                visit: |(#(#names,)*), __visit| { #(#shown)* },
                outputs: #outputs,
            },
        )
    }
}

/// Generates the list of traits that the method's output implements.
fn outputs(method: &Method<'_>) -> TokenStream {
    let output = &method.output;
    let probe = quote!(<::di_core::codegen::Probe<#output>>);
    let borrowing = quote! {
        ::di_core::codegen::borrowing_outputs::<#output>(
            #probe::IS_FAILURE, #probe::DISPLAY_ERROR, #probe::DEBUG_ERROR, #probe::TIMED_OUT,
        )
    };
    if method.error_borrows {
        return borrowing;
    }
    quote!(::di_core::codegen::outputs(#borrowing, #probe::ERROR, #probe::OF_ERASED))
}

/// Generates the constant that describes the method.
fn method_data(method: &Method<'_>, trait_name: &str) -> TokenStream {
    let name = method.signature.ident.unraw().to_string();
    let is_async = method.is_async();
    let lifetimes: Vec<_> =
        method.signature.generics.lifetimes().map(|parameter| parameter.lifetime.ident.to_string()).collect();
    let inferred = |tokens: &dyn ToTokens| infer_lifetimes(tokens.to_token_stream(), &lifetimes);
    let types = method.arguments.iter().map(|argument| inferred(&argument.ty));
    let output = inferred(&method.output);
    let error_text = &method.error_text;
    let probe = quote!(<::di_core::codegen::Probe<#output>>);
    let id = if method.error_borrows { quote!(::core::option::Option::None) } else { quote!(#probe::ERROR_ID) };
    quote! {
        ::di_core::intercept::Method::new(
            #trait_name, #name, #is_async, <::di_core::codegen::Probe<(#(#types,)*)>>::CLONE.is_some(),
        )
        .with_error(#probe::IS_FAILURE.is_some(), #error_text, #id, #probe::TIMED_OUT.is_some())
    }
}

/// Replaces the method's lifetimes, which are not in scope in a constant, with `'_`.
fn infer_lifetimes(tokens: TokenStream, lifetimes: &[String]) -> TokenStream {
    let mut is_lifetime = false;
    let inferred = |token| match token {
        TokenTree::Punct(punct) => {
            is_lifetime = punct.as_char() == '\'';
            TokenTree::Punct(punct)
        }
        TokenTree::Ident(ident) if std::mem::take(&mut is_lifetime) && lifetimes.contains(&ident.to_string()) => {
            TokenTree::Ident(Ident::new("_", Span::call_site()))
        }
        TokenTree::Group(group) => {
            let mut inferred = proc_macro2::Group::new(group.delimiter(), infer_lifetimes(group.stream(), lifetimes));
            inferred.set_span(group.span());
            TokenTree::Group(inferred)
        }
        other => other,
    };
    tokens.into_iter().map(inferred).collect()
}
