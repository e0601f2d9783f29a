//! The table of nodes, their order, and the graph.

use std::slice::from_ref;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::container::model::{Container, Field, Node, Source};
use crate::hygiene::{located_at, with_own_locals};
use crate::text::source_text;
use crate::types::{arguments, holds_arc, wrapped};

/// The constants `WIRING` and `ORDERING`, the check for cycles, and the graph.
pub(super) fn wiring(container: &Container) -> TokenStream {
    let app = &container.name;
    let visibility = &container.visibility;
    let app_text = app.unraw().to_string();
    let partial = container.partial();
    let count = container.nodes().count();
    let nodes = container.nodes().map(|node| node_data(container, &node));
    let starts = with_own_locals(container.nodes().map(|node| start(container, &node)).collect());
    let start_names = (0..count).map(start_name);
    let checks = container.nodes().map(|node| checks(container, &node));
    let unused = container.denies_unused.then(|| unused(container));
    let shared = container.fields.iter().map(|field| {
        let ty = &field.ty;
        quote_spanned!(ty.span()=> ::di_core::codegen::check_shared::<#ty>();)
    });
    let description =
        format!("The graph of `{app_text}`, as static data: its fields, how each is made, and what each needs.");
    quote! {
        #starts

        const WIRING: ::di_core::codegen::NodeTable<#partial, #count> = ::di_core::codegen::NodeTable {
            nodes: [#(#nodes),*],
            build_nodes: [#(#start_names),*],
        };

        const ORDERING: ::di_core::codegen::Ordering<#count> =
            ::di_core::codegen::ordering(#app_text, &WIRING.nodes);

        const _: () = { #(#checks)* #(#shared)* };

        #unused

        #[allow(dead_code)]
        impl #app {
            #[doc = #description]
            #visibility const GRAPH: &'static ::di_core::Graph =
                &::di_core::Graph::new(#app_text, ::core::file!(), &WIRING.nodes);

            #[doc(hidden)]
            const __FIRST_ASYNC: usize = ::di_core::codegen::first_async(&WIRING.nodes);
        }
    }
}

/// What fails to compile where a field is unused.
fn unused(container: &Container) -> TokenStream {
    let count = container.nodes().count();
    let checks = container
        .indexed_fields()
        .map(|(index, field)| quote_spanned!(field.name.span()=> ::di_core::codegen::check_used(USED[#index]);));
    quote! {
        const USED: [bool; #count] = ::di_core::codegen::used_nodes(&WIRING.nodes);
        const _: () = { #(#checks)* };
    }
}

/// What fails to compile if the node is in a cycle, is a sync factory with an async constructor, or has hooks that nobody
/// would call.
fn checks(container: &Container, node: &Node<'_>) -> TokenStream {
    let index = node.index;
    let constructor = constructor(&container.name, node);
    let of_its_kind = match &node.field.source {
        Source::Input | Source::Absent => return TokenStream::new(),
        Source::Factory { is_sync: true, .. } => Some(quote_spanned! {node.span()=>
            ::di_core::codegen::check_sync_factory(#constructor::CONSTRUCTOR);
        }),
        _ => no_hooks(node, &constructor),
    };
    let not_refused = may_have_hooks(node)
        .then(|| quote_spanned!(node.span()=> ::di_core::codegen::check_not_refused(#constructor::CONSTRUCTOR);));
    quote_spanned!(node.span()=> ::di_core::codegen::check_no_cycle(&ORDERING.cycle, #index); #of_its_kind #not_refused)
}

/// The trait implementation that constructs the node, such as `<SqlStore as Component<App>>`; none for what is only a view.
fn constructor(app: &Ident, node: &Node<'_>) -> Option<TokenStream> {
    let (ty, span) = (&node.field.ty, node.span());
    if let Some(decorator) = node.decorator() {
        return Some(quote_spanned!(span=> <#decorator as ::di_core::codegen::Decorator<#app, #ty>>));
    }
    match &node.field.source {
        Source::Component(component) | Source::Lazy { component, .. } => {
            Some(quote_spanned!(span=> <#component as ::di_core::Component<#app>>))
        }
        Source::Provide(path) => Some(quote_spanned!(span=> <#path as ::di_core::codegen::Provider<#app>>)),
        Source::Module => Some(quote_spanned!(span=> <#ty as ::di_core::codegen::Module<#app>>)),
        Source::Factory { component, arguments, .. } => {
            Some(quote_spanned!(span=> <#component as ::di_core::codegen::Assisted<#app, #arguments>>))
        }
        _ => None,
    }
}

/// Whether the node is a component, or a decorator, that is made with the container: one that may have hooks.
fn may_have_hooks(node: &Node<'_>) -> bool {
    node.decorator().is_some() || matches!(node.field.source, Source::Component(_))
}

/// The check that a component has no hooks, where the field runs none.
fn no_hooks(node: &Node<'_>, constructor: &Option<TokenStream>) -> Option<TokenStream> {
    let is_lazy = node.decorator().is_none() && matches!(node.field.source, Source::Lazy { .. });
    if !is_lazy && (!may_have_hooks(node) || holds_arc(&node.field.ty)) {
        return None;
    }
    Some(quote_spanned!(node.span()=> ::di_core::codegen::check_no_hooks(#constructor::CONSTRUCTOR, #is_lazy);))
}

/// The node's public data.
fn node_data(container: &Container, node: &Node<'_>) -> TokenStream {
    let field = node.field;
    let name = field.name.unraw().to_string();
    let type_name = &field.type_text;
    let line = quote_spanned!(field.name.span()=> ::core::line!());
    let constructor = constructor(&container.name, node);
    let (kind, made_by, views): (_, _, &[Ident]) = match (node.decorator(), &field.source) {
        (Some(decorator), _) => (quote!(Decorator), source_text(decorator), &[]),
        (None, Source::Input) => (quote!(Input), String::new(), &[]),
        (None, Source::Absent) => (quote!(Absent), String::new(), &[]),
        (None, Source::Unknown) => (quote!(Unknown), String::new(), &[]),
        (None, Source::Component(ty)) => (quote!(Component), source_text(ty), &[]),
        (None, Source::Provide(path)) => (quote!(Provider), source_text(path), &[]),
        (None, Source::Module) => (quote!(Module), type_name.clone(), &[]),
        (None, Source::Lazy { component, .. }) => (quote!(Lazy), source_text(component), &[]),
        (None, Source::Factory { component, .. }) => (quote!(Factory), source_text(component), &[]),
        (None, Source::Alias { target }) => (quote!(Alias), names(from_ref(target)), from_ref(target)),
        (None, Source::Import { module } | Source::Shaku { module, .. }) => {
            (quote!(Import), names(from_ref(module)), from_ref(module))
        }
        (None, Source::Collect { targets }) => (quote!(Collect), names(targets), targets),
    };
    let made = match &constructor {
        Some(constructor) if node.is_later() => {
            let later = quote_spanned!(node.span()=> .with_async(false));
            quote!(#constructor::CONSTRUCTOR #later)
        }
        Some(constructor) => quote!(#constructor::CONSTRUCTOR),
        None => {
            let indexes = views.iter().map(|target| container.index(target));
            quote!(::di_core::codegen::Constructor::new(&[#(#indexes),*]))
        }
    };
    let after = node.decorator().map(|_| {
        let previous = node.index - 1;
        quote!(.after(#previous))
    });
    // It is used from outside, or it is a module, which may have hooks inside.
    let is_root = field.is_visible || node.decorator().is_none() && field.is_module();
    let root = is_root.then(|| quote!(.root()));
    let inner = node.is_inner().then(|| {
        let stage = node.stage;
        quote!(.inner(#stage))
    });
    quote! {
        ::di_core::codegen::Node::new(
            #name, #type_name, ::di_core::codegen::NodeKind::#kind, #made_by, #made, #line,
        ) #after #inner #root
    }
}

/// Fields, as they are written in a list.
fn names(fields: &[Ident]) -> String {
    fields.iter().map(|field| field.unraw().to_string()).collect::<Vec<_>>().join(", ")
}

/// The function that starts the node. Each has a body of its own: one body of many closures takes the compiler
/// disproportionately long.
fn start(container: &Container, node: &Node<'_>) -> TokenStream {
    let app = &container.name;
    let partial = container.partial();
    let function = start_name(node.index);
    let constructor = constructor(app, node);
    let body = match node.decorator() {
        Some(_) => start_decorator(node, &constructor),
        None => start_field(container, node, &constructor),
    };
    // The closure around `Arc::new` is where the value coerces to a trait object.
    let allow = node.is_later().then(|| quote!(#[allow(clippy::redundant_closure)]));
    quote! {
        #allow
        fn #function(__fields: &mut #partial, __phase: ::di_core::codegen::Phase) -> ::di_core::codegen::Step<()> {
            #body
        }
    }
}

fn start_name(index: usize) -> Ident {
    format_ident!("__start_{index}")
}

fn start_decorator(node: &Node<'_>, constructor: &Option<TokenStream>) -> TokenStream {
    let (name, index, span) = (&node.field.name, node.index, node.span());
    let built = if holds_arc(&node.field.ty) {
        quote_spanned!(span=> #constructor::build_shared(__fields, __inner, #index, __phase))
    } else {
        quote_spanned!(span=> #constructor::build(__fields, __inner, __phase))
    };
    let stored = stored(node, &built);
    quote_spanned! {span=>
        let __inner = __fields.#name.take();
        #stored
    }
}

/// Stores a component that has been built in the node's field, wrapped as the field's type says.
fn stored(node: &Node<'_>, built: &TokenStream) -> TokenStream {
    let span = node.span();
    stored_as(node, built, &wrapped(&node.field.ty, quote_spanned!(span=> __value), span))
}

/// Stores `value`, which is made of the `__value` that has been built, in the node's field.
fn stored_as(node: &Node<'_>, built: &TokenStream, value: &TokenStream) -> TokenStream {
    let (name, span) = (&node.field.name, node.span());
    quote_spanned! {span=>
        match #built {
            ::di_core::codegen::Step::Ready(__value) => {
                __fields.#name = ::core::option::Option::Some(#value);
                ::di_core::codegen::Step::Ready(())
            }
            ::di_core::codegen::Step::NotReady(__rest) => ::di_core::codegen::Step::NotReady(__rest),
        }
    }
}

fn start_field(container: &Container, node: &Node<'_>, constructor: &Option<TokenStream>) -> TokenStream {
    let app = &container.name;
    let (field, index, span) = (node.field, node.index, node.span());
    let (name, ty) = (&field.name, &field.ty);
    let done = quote_spanned! {span=>
        __fields.#name = ::core::option::Option::Some(__value);
        ::di_core::codegen::Step::Ready(())
    };
    match &field.source {
        Source::Component(_) => {
            let built = if holds_arc(ty) {
                quote_spanned!(span=> #constructor::build_shared(__fields, #index, __phase))
            } else {
                quote_spanned!(span=> #constructor::build(__fields, __phase))
            };
            stored(node, &built)
        }
        Source::Provide(_) => {
            // A provider returns the field's type, wrappers and all.
            let ty = located_at(quote!(#ty), span);
            let built = quote_spanned!(span=> #constructor::build::<#ty>(__fields, __phase));
            stored_as(node, &built, &quote_spanned!(span=> __value))
        }
        Source::Module => {
            let overrides = field.module_overrides();
            quote_spanned! {span=>
                let __overrides = ::core::mem::take(&mut __fields.#overrides);
                match #constructor::build(__fields, __overrides, __phase) {
                    ::di_core::codegen::Step::Ready(::di_core::codegen::BuiltModule { module: __value, hooks: __hooks_of_module }) => {
                        __fields.__hooks.add_module(#index, __hooks_of_module);
                        #done
                    }
                    ::di_core::codegen::Step::NotReady(__rest) => ::di_core::codegen::Step::NotReady(__rest),
                }
            }
        }
        Source::Alias { target } => quote_spanned! {span=>
            let __value = ::core::clone::Clone::clone(::di_core::codegen::built(&__fields.#target));
            #done
        },
        Source::Import { module } => quote_spanned! {ty.span()=>
            let __module = ::di_core::codegen::built(&__fields.#module);
            let __value = ::core::clone::Clone::clone(__module.__field::<#ty>());
            #done
        },
        Source::Shaku { module, interface } => quote_spanned! {span=>
            let __module = ::di_core::codegen::built(&__fields.#module);
            let __value = ::di_core::codegen::from_shaku::<_, #interface>(&**__module);
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
        Source::Lazy { view, .. } => quote_spanned! {span=>
            let __value = ::di_core::codegen::lazy::<#app, _, #view>(
                __fields,
                #index,
                #constructor::CONSTRUCTOR,
                #constructor::construct_async,
                |__value| ::std::sync::Arc::new(__value),
            );
            #done
        },
        Source::Factory { arguments, view, is_sync, .. } => {
            let (make, create) = if *is_sync {
                (quote_spanned!(span=> sync_factory), quote_spanned!(span=> create))
            } else {
                (quote_spanned!(span=> factory), quote_spanned!(span=> create_async))
            };
            quote_spanned! {span=>
                let __value = ::di_core::codegen::#make::<#app, #arguments, _, #view>(
                    __fields,
                    #index,
                    #constructor::CONSTRUCTOR,
                    #constructor::#create,
                    |__value| ::std::sync::Arc::new(__value),
                );
                #done
            }
        }
        Source::Absent => quote_spanned! {span=>
            let __value = ::core::option::Option::None;
            #done
        },
        Source::Input | Source::Unknown => quote!(::di_core::codegen::unreachable_input()),
    }
}

/// Adds a field to what is collected: a clone, coerced to the element's type. An option adds what it holds.
fn push(name: &Ident, target: &Field) -> TokenStream {
    let span = name.span();
    let clone = quote_spanned!(span=> ::core::clone::Clone::clone(::di_core::codegen::built(&__fields.#name)));
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
