//! The implementations for `Intercepted`, and for the trait object.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{GenericParam, Generics};

use super::model::{Interface, Kind, Method, argument};

/// The trait for an `Intercepted` of whatever implements it, so that a trait above it, intercepted as well, is
/// implemented for the same; and the methods as data, for the trait object alone.
pub(super) fn interface(interface: &Interface) -> TokenStream {
    let name = &interface.item.ident;
    let text = interface.name();
    let (generics, arguments, predicates) = interface.item.generics.split_for_impl();
    let path = quote!(#name #arguments);
    let predicates = predicates.into_iter().flat_map(|clause| &clause.predicates);
    // What a trait object of static lifetime is a parameter of, is static, too.
    let parameters = interface.item.generics.type_params().map(|parameter| &parameter.ident);
    let predicates = quote!(#(#predicates,)* #(#parameters: 'static,)*);
    let (inner, interceptor) = (format_ident!("__Inner"), format_ident!("__Interceptor"));
    let intercepted_generics = with_parameters(&interface.item.generics, [&inner, &interceptor]);
    let (intercepted_generics, ..) = intercepted_generics.split_for_impl();
    let async_trait = interface.async_trait;
    // Nobody who lacks the attribute is helped by a list of traits that have it.
    let unlisted = interface.item.generics.params.is_empty().then(|| quote!(#[diagnostic::do_not_recommend]));
    let methods = interface.methods.iter().enumerate().map(|(index, each)| method(each, index, &path, &inner));
    let data = interface.methods.iter().map(|each| data(each, &text));
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

                const METHODS: &'static [::di_core::intercept::Method] = &[#(#data),*];

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

/// The method that goes through the interceptor.
fn method(method: &Method, index: usize, path: &TokenStream, inner: &Ident) -> TokenStream {
    let signature = &method.signature;
    let forwarded = |forward: TokenStream, inner_component: TokenStream| {
        forward_call(method, index, path, inner, &forward, &inner_component)
    };
    // A task that waits in a call is told to wait at the method, not at the attribute above the trait.
    let wait = quote_spanned!(signature.ident.span()=> .await);
    let body = match method.kind {
        Kind::Sync => {
            let call = forwarded(quote!(forward_sync), quote!(&**__inner));
            quote!(::di_core::intercept::Interceptor::around_sync(&**__interceptor, #call))
        }
        Kind::Async => {
            let call = forwarded(quote!(forward), quote!(&**__inner));
            quote!(::di_core::intercept::Interceptor::around(&**__interceptor, #call) #wait)
        }
        Kind::Future { is_static: false } => {
            let call = forwarded(quote!(forward), quote!(&**__inner));
            quote!(::std::boxed::Box::pin(::di_core::intercept::Interceptor::around(&**__interceptor, #call)))
        }
        Kind::Future { is_static: true } => {
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

/// The rest of the call: its method, its arguments, how it is made, and what can be done with what it takes and
/// returns.
fn forward_call(
    method: &Method,
    index: usize,
    path: &TokenStream,
    inner: &Ident,
    forward: &TokenStream,
    inner_component: &TokenStream,
) -> TokenStream {
    let name = &method.signature.ident;
    let names: Vec<_> = (0..method.arguments.len()).map(argument).collect();
    let types: Vec<_> = method.arguments.iter().map(|argument| &argument.ty).collect();
    let shown = method.arguments.iter().zip(&names).map(|(argument, name)| {
        let (text, ty) = (&argument.text, &argument.ty);
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

/// What can be done with the method's output.
fn outputs(method: &Method) -> TokenStream {
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

/// The method as data.
fn data(method: &Method, interface: &str) -> TokenStream {
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
            #interface, #name, #is_async, <::di_core::codegen::Probe<(#(#types,)*)>>::CLONE.is_some(),
        )
        .with_error(#probe::IS_FAILURE.is_some(), #error_text, #id, #probe::TIMED_OUT.is_some())
    }
}

/// The tokens with `'_` for each of the lifetimes, which are not declared where a constant is.
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
