//! The table of nodes, their order, and the graph.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use crate::container::model::{Container, Field, Source};
use crate::text::source_text;

/// The constants `WIRING` and `ORDERING`, the check for cycles, and the graph.
pub(super) fn wiring(container: &Container) -> TokenStream {
    let app = &container.name;
    let visibility = &container.visibility;
    let app_text = app.unraw().to_string();
    let count = container.fields.len();
    let nodes = container.fields.iter().map(|field| node(container, field));
    let starts = container.fields.iter().enumerate().map(|(index, field)| start(container, index, field));
    let start_names = (0..count).map(start_name);
    let checks = container.fields.iter().enumerate().filter(|(_, field)| !field.is_input()).map(
        |(index, field)| quote_spanned!(field.source_span()=> ::di_core::__private::check(&ORDERING.cycle, #index);),
    );
    let description =
        format!("The graph of `{app_text}`, as static data: its fields, how each is made, and what each needs.");
    quote! {
        #(#starts)*

        const WIRING: ::di_core::__private::Wiring<#app, #count> = ::di_core::__private::Wiring {
            nodes: [#(#nodes),*],
            starts: [#(#start_names),*],
        };

        const ORDERING: ::di_core::__private::Ordering<#count> =
            ::di_core::__private::ordering(#app_text, &WIRING.nodes);

        const _: () = { #(#checks)* };

        #[allow(dead_code)]
        impl #app {
            #[doc = #description]
            #visibility const GRAPH: &'static ::di_core::Graph =
                &::di_core::Graph::new(#app_text, ::core::file!(), &WIRING.nodes);

            #[doc(hidden)]
            const __FIRST_ASYNC: usize = ::di_core::__private::first_async(&WIRING.nodes);
        }
    }
}

/// The node's public data.
fn node(container: &Container, field: &Field) -> TokenStream {
    let app = &container.name;
    let name = field.name.unraw().to_string();
    let type_name = source_text(&field.ty);
    let line = quote_spanned!(field.name.span()=> ::core::line!());
    let span = field.source_span();
    let (kind, made_by, is_async, dependencies) = match &field.source {
        Source::Input => (quote!(Input), String::new(), quote!(false), quote!(&[])),
        Source::Component(ty) => {
            let component = quote_spanned!(span=> <#ty as ::di_core::Component<#app>>);
            (quote!(Component), source_text(ty), quote!(#component::IS_ASYNC), quote!(#component::DEPENDENCIES))
        }
        Source::Provide(path) => {
            let provider = quote_spanned!(span=> <#path as ::di_core::Provider<#app>>);
            (quote!(Provider), source_text(path), quote!(#provider::IS_ASYNC), quote!(#provider::DEPENDENCIES))
        }
        Source::Alias { target } => {
            let index = container.index(target);
            (quote!(Alias), target.unraw().to_string(), quote!(false), quote!(&[#index]))
        }
        Source::Unknown => (quote!(Unknown), String::new(), quote!(false), quote!(&[])),
    };
    quote! {
        ::di_core::Node::new(
            #name, #type_name, ::di_core::Kind::#kind, #made_by, #is_async, #dependencies, #line,
        )
    }
}

/// The function that starts the node. Each has a body of its own: one body of many closures takes the compiler
/// disproportionately long.
fn start(container: &Container, index: usize, field: &Field) -> TokenStream {
    let app = &container.name;
    let partial = container.partial();
    let function = start_name(index);
    let body = start_body(app, field);
    quote! {
        fn #function(__fields: &mut #partial) -> ::di_core::__private::Started<#app> {
            #body
        }
    }
}

fn start_name(index: usize) -> Ident {
    format_ident!("__start_{index}")
}

fn start_body(app: &Ident, field: &Field) -> TokenStream {
    let (name, field_type) = (&field.name, &field.ty);
    let span = field.source_span();
    match &field.source {
        Source::Component(ty) => {
            let value = match field.arc_content() {
                Some(_) => quote_spanned!(span=> ::std::sync::Arc::new(__value)),
                None => quote_spanned!(span=> __value),
            };
            quote_spanned! {span=>
                ::di_core::__private::component::<#app, _>(
                    __fields,
                    <#ty as ::di_core::Component<#app>>::construct,
                    |__fields, __value| __fields.#name = ::core::option::Option::Some(#value),
                )
            }
        }
        Source::Provide(path) => quote_spanned! {span=>
            ::di_core::__private::provide::<#app, _, _>(
                __fields,
                <#path as ::di_core::Provider<#app>>::provide,
                |__fields, __value: #field_type| __fields.#name = ::core::option::Option::Some(__value),
            )
        },
        Source::Alias { target } => quote_spanned! {span=>
            let __value = ::di_core::__private::taken(::core::clone::Clone::clone(&__fields.#target));
            __fields.#name = ::core::option::Option::Some(__value);
            ::di_core::__private::Started::Done
        },
        Source::Input | Source::Unknown => quote!(::di_core::__private::input::<#app>(__fields)),
    }
}
