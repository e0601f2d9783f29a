//! The table of nodes, their order, and the graph.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::container::model::{Container, Field, Node, Source};
use crate::text::source_text;
use crate::types::{arguments, wrapped, wrapped_arc};

/// The constants `WIRING` and `ORDERING`, the check for cycles, and the graph.
pub(super) fn wiring(container: &Container) -> TokenStream {
    let app = &container.name;
    let visibility = &container.visibility;
    let app_text = app.unraw().to_string();
    let count = container.nodes().count();
    let nodes = container.nodes().map(|node| node_data(container, &node));
    let starts = container.nodes().map(|node| start(container, &node));
    let start_names = (0..count).map(start_name);
    let checks = container.nodes().map(|node| checks(container, &node));
    let unused = container.denies_unused.then(|| unused(container));
    let shared = container.fields.iter().map(|field| {
        let ty = &field.ty;
        quote_spanned!(ty.span()=> ::di_core::__private::check_shared::<#ty>();)
    });
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

        const _: () = { #(#checks)* #(#shared)* };

        #unused

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

/// What fails to compile where a field is unused.
fn unused(container: &Container) -> TokenStream {
    let count = container.nodes().count();
    let checks = container
        .indexed_fields()
        .map(|(index, field)| quote_spanned!(field.name.span()=> ::di_core::__private::check_used(USED[#index]);));
    quote! {
        const USED: [bool; #count] = ::di_core::__private::used(&WIRING.nodes);
        const _: () = { #(#checks)* };
    }
}

/// What fails to compile if the node is in a cycle, or a sync factory with an async constructor.
fn checks(container: &Container, node: &Node<'_>) -> TokenStream {
    let app = &container.name;
    let index = node.index;
    match &node.field.source {
        Source::Input | Source::Absent => TokenStream::new(),
        Source::Factory { component, arguments, is_sync: true, .. } => quote_spanned! {node.span()=>
            ::di_core::__private::check(&ORDERING.cycle, #index);
            ::di_core::__private::check_sync_factory(
                <#component as ::di_core::Assisted<#app, #arguments>>::IS_ASYNC,
            );
        },
        source => {
            let no_hooks = no_hooks(app, node, source);
            quote_spanned!(node.span()=> ::di_core::__private::check(&ORDERING.cycle, #index); #no_hooks)
        }
    }
}

/// The check that a component has no hooks, where the field runs none.
fn no_hooks(app: &Ident, node: &Node<'_>, source: &Source) -> Option<TokenStream> {
    let ty = &node.field.ty;
    let has_arc = wrapped_arc(ty, &TokenStream::new(), node.span()).is_some();
    let (constructor, is_lazy) = match (node.decorator(), source) {
        (Some(decorator), _) if !has_arc => {
            (quote_spanned!(node.span()=> <#decorator as ::di_core::Decorator<#app, #ty>>), false)
        }
        (None, Source::Component(component)) if !has_arc => {
            (quote_spanned!(node.span()=> <#component as ::di_core::Component<#app>>), false)
        }
        (None, Source::Lazy { component, .. }) => {
            (quote_spanned!(node.span()=> <#component as ::di_core::Component<#app>>), true)
        }
        _ => return None,
    };
    Some(quote_spanned!(node.span()=> ::di_core::__private::check_no_hooks(#constructor::HAS_HOOKS, #is_lazy);))
}

/// The node's public data.
fn node_data(container: &Container, node: &Node<'_>) -> TokenStream {
    let app = &container.name;
    let (field, span) = (node.field, node.span());
    let name = field.name.unraw().to_string();
    let type_name = source_text(&field.ty);
    let line = quote_spanned!(field.name.span()=> ::core::line!());
    let constructed = |kind: TokenStream, made_by: String, constructor: TokenStream| {
        (kind, made_by, quote!(#constructor::IS_ASYNC), quote!(#constructor::DEPENDENCIES))
    };
    let view = |kind: TokenStream, targets: &[Ident]| {
        let indexes = targets.iter().map(|target| container.index(target));
        let names: Vec<_> = targets.iter().map(|target| target.unraw().to_string()).collect();
        (kind, names.join(", "), quote!(false), quote!(&[#(#indexes),*]))
    };
    let later = |kind: TokenStream, made_by: &Type, constructor: TokenStream| {
        (kind, source_text(made_by), quote!(false), quote!(#constructor::DEPENDENCIES))
    };
    let supplied = |kind: TokenStream| (kind, String::new(), quote!(false), quote!(&[]));
    let (kind, made_by, is_async, dependencies) = if let Some(decorator) = node.decorator() {
        let ty = &field.ty;
        let constructor = quote_spanned!(span=> <#decorator as ::di_core::Decorator<#app, #ty>>);
        constructed(quote!(Decorator), source_text(decorator), constructor)
    } else {
        match &field.source {
            Source::Input => supplied(quote!(Input)),
            Source::Absent => supplied(quote!(Absent)),
            Source::Unknown => supplied(quote!(Unknown)),
            Source::Component(ty) => {
                let constructor = quote_spanned!(span=> <#ty as ::di_core::Component<#app>>);
                constructed(quote!(Component), source_text(ty), constructor)
            }
            Source::Provide(path) => {
                let constructor = quote_spanned!(span=> <#path as ::di_core::Provider<#app>>);
                constructed(quote!(Provider), source_text(path), constructor)
            }
            Source::Module => {
                let ty = &field.ty;
                let constructor = quote_spanned!(span=> <#ty as ::di_core::Module<#app>>);
                constructed(quote!(Module), source_text(ty), constructor)
            }
            Source::Alias { target } => view(quote!(Alias), std::slice::from_ref(target)),
            Source::Import { module } | Source::Shaku { module, .. } => {
                view(quote!(Import), std::slice::from_ref(module))
            }
            Source::Collect { targets } => view(quote!(Collect), targets),
            Source::Lazy { component, .. } => {
                later(quote!(Lazy), component, quote_spanned!(span=> <#component as ::di_core::Component<#app>>))
            }
            Source::Factory { component, arguments, .. } => {
                let constructor = quote_spanned!(span=> <#component as ::di_core::Assisted<#app, #arguments>>);
                later(quote!(Factory), component, constructor)
            }
        }
    };
    let after = node.decorator().map(|_| {
        let previous = node.index - 1;
        quote!(.after(#previous))
    });
    let hooked = match (node.decorator(), &field.source) {
        (Some(decorator), _) => {
            let ty = &field.ty;
            Some(quote_spanned!(span=> <#decorator as ::di_core::Decorator<#app, #ty>>::HAS_HOOKS))
        }
        (None, Source::Component(ty)) => Some(quote_spanned!(span=> <#ty as ::di_core::Component<#app>>::HAS_HOOKS)),
        // A module may have hooks inside.
        (None, Source::Module) => Some(quote!(true)),
        _ => None,
    };
    let root = if field.is_visible { Some(quote!(.root(true))) } else { hooked.map(|hooked| quote!(.root(#hooked))) };
    let inner = node.is_inner().then(|| {
        let stage = node.stage;
        quote!(.inner(#stage))
    });
    quote! {
        ::di_core::Node::new(
            #name, #type_name, ::di_core::Kind::#kind, #made_by, #is_async, #dependencies, #line,
        ) #after #inner #root
    }
}

/// The function that starts the node. Each has a body of its own: one body of many closures takes the compiler
/// disproportionately long.
fn start(container: &Container, node: &Node<'_>) -> TokenStream {
    let app = &container.name;
    let partial = container.partial();
    let function = start_name(node.index);
    let body = match node.decorator() {
        Some(decorator) => start_decorator(app, node, decorator),
        None => start_field(container, node),
    };
    // The closure around `Arc::new` is where the value coerces to a trait object.
    let is_later = matches!(node.field.source, Source::Lazy { .. } | Source::Factory { .. });
    let allow = is_later.then(|| quote!(#[allow(clippy::redundant_closure)]));
    quote! {
        #allow
        fn #function(__fields: &mut #partial) -> ::di_core::__private::Started<#app> {
            #body
        }
    }
}

fn start_name(index: usize) -> Ident {
    format_ident!("__start_{index}")
}

fn start_decorator(app: &Ident, node: &Node<'_>, decorator: &Type) -> TokenStream {
    let (name, ty, span) = (&node.field.name, &node.field.ty, node.span());
    let constructor = quote_spanned!(span=> <#decorator as ::di_core::Decorator<#app, #ty>>);
    let put = put(node, &constructor);
    quote_spanned! {span=>
        let __inner = ::di_core::__private::taken(__fields.#name.take());
        let __construction = <#decorator as ::di_core::Decorator<#app, #ty>>::decorate(__fields, __inner);
        ::di_core::__private::construction::<#app, _>(__construction, __fields, |__fields, __value| { #put })
    }
}

/// Stores a component's value in its field, wrapped as the field's type says, and its hooks, if it has any.
fn put(node: &Node<'_>, constructor: &TokenStream) -> TokenStream {
    let (name, ty, span, index) = (&node.field.name, &node.field.ty, node.span(), node.index);
    let value = quote_spanned!(span=> __value);
    let Some(wrapped) = wrapped_arc(ty, &value, span) else {
        let wrapped = wrapped(ty, value, span);
        return quote_spanned!(span=> __fields.#name = ::core::option::Option::Some(#wrapped););
    };
    quote_spanned! {span=>
        let __value = ::std::sync::Arc::new(__value);
        if #constructor::HAS_HOOKS {
            __fields.__hooks.add(#index, #constructor::hooks(::core::clone::Clone::clone(&__value)));
        }
        __fields.#name = ::core::option::Option::Some(#wrapped);
    }
}

fn start_field(container: &Container, node: &Node<'_>) -> TokenStream {
    let app = &container.name;
    let (field, index, span) = (node.field, node.index, node.span());
    let (name, ty) = (&field.name, &field.ty);
    let done = quote_spanned! {span=>
        __fields.#name = ::core::option::Option::Some(__value);
        ::di_core::__private::Started::Done
    };
    match &field.source {
        Source::Component(component) => {
            let constructor = quote_spanned!(span=> <#component as ::di_core::Component<#app>>);
            let put = put(node, &constructor);
            quote_spanned! {span=>
                ::di_core::__private::construction::<#app, _>(
                    #constructor::construct(__fields),
                    __fields,
                    |__fields, __value| { #put },
                )
            }
        }
        Source::Provide(path) => quote_spanned! {span=>
            ::di_core::__private::provision::<#app, _, #ty>(
                <#path as ::di_core::Provider<#app>>::provide(__fields),
                __fields,
                |__fields, __value| __fields.#name = ::core::option::Option::Some(__value),
            )
        },
        Source::Module => {
            let overrides = field.module_overrides();
            quote_spanned! {span=>
                let __overrides = ::core::mem::take(&mut __fields.#overrides);
                ::di_core::__private::construction::<#app, _>(
                    <#ty as ::di_core::Module<#app>>::construct(__fields, __overrides),
                    __fields,
                    |__fields, __value| {
                        let (__value, __hooks_of_module) = __value;
                        __fields.__hooks.add_module(#index, __hooks_of_module);
                        __fields.#name = ::core::option::Option::Some(__value);
                    },
                )
            }
        }
        Source::Alias { target } => quote_spanned! {span=>
            let __value = ::core::clone::Clone::clone(::di_core::__private::there(&__fields.#target));
            #done
        },
        Source::Import { module } => quote_spanned! {ty.span()=>
            let __module = ::di_core::__private::there(&__fields.#module);
            let __value = ::core::clone::Clone::clone(__module.__field::<#ty>());
            #done
        },
        Source::Shaku { module, interface } => quote_spanned! {span=>
            let __module = ::di_core::__private::there(&__fields.#module);
            let __value = ::di_core::__private::from_shaku::<_, #interface>(&**__module);
            #done
        },
        Source::Collect { targets } => {
            let pushes = targets.iter().map(|target| push(target, container.field(target)));
            quote_spanned! {span=>
                let mut __value: #ty = ::std::vec::Vec::new();
                #(#pushes)*
                #done
            }
        }
        Source::Lazy { component, view } => quote_spanned! {span=>
            let __value = ::di_core::__private::lazy::<#app, _, #view>(
                __fields,
                #index,
                <#component as ::di_core::Component<#app>>::DEPENDENCIES,
                <#component as ::di_core::Component<#app>>::construct,
                |__value| ::std::sync::Arc::new(__value),
            );
            #done
        },
        Source::Factory { component, arguments, view, is_sync } => {
            let make = if *is_sync { quote_spanned!(span=> sync_factory) } else { quote_spanned!(span=> factory) };
            quote_spanned! {span=>
                let __value = ::di_core::__private::#make::<#app, #arguments, _, #view>(
                    __fields,
                    #index,
                    <#component as ::di_core::Assisted<#app, #arguments>>::DEPENDENCIES,
                    <#component as ::di_core::Assisted<#app, #arguments>>::create,
                    |__value| ::std::sync::Arc::new(__value),
                );
                #done
            }
        }
        Source::Absent => quote_spanned! {span=>
            let __value = ::core::option::Option::None;
            #done
        },
        Source::Input | Source::Unknown => quote!(::di_core::__private::input::<#app>(__fields)),
    }
}

/// Adds a field to what is collected: a clone, coerced to the element's type. An option adds what it holds.
fn push(name: &Ident, target: &Field) -> TokenStream {
    let span = name.span();
    let clone = quote_spanned!(span=> ::core::clone::Clone::clone(::di_core::__private::there(&__fields.#name)));
    if arguments(&target.ty, "Option").is_some() {
        quote_spanned! {span=>
            if let ::core::option::Option::Some(__element) = #clone {
                __value.push(__element);
            }
        }
    } else {
        quote_spanned! {span=>
            let __element = #clone;
            __value.push(__element);
        }
    }
}
