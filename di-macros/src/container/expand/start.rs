//! Generated functions that start the construction of a node, one for each.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::constructor::constructor;
use crate::container::model::{Container, Field, Node, Source};
use crate::syntax::hygiene::located_at;
use crate::syntax::types::{Wrapper, holds_arc, type_arguments, unwrap_once};

/// Generates the function that starts the node. Each node has its own, because the compile time of one function with
/// many closures grows disproportionately.
pub(super) fn start(container: &Container, node: &Node<'_>) -> TokenStream {
    let container_name = &container.name;
    let partial = container.partial();
    let function = start_name(node.index);
    let constructor = constructor(container_name, node);
    let body = match node.decorator() {
        Some(_) => start_decorator(node, &constructor),
        None => start_field(container, node, &constructor),
    };
    // The closure around `Arc::new` coerces the value to a trait object.
    let allow = node.is_deferred().then(|| quote!(#[allow(clippy::redundant_closure)]));
    quote! {
        #allow
        fn #function(__fields: &mut #partial, __phase: ::di_core::codegen::Phase) -> ::di_core::codegen::Step<()> {
            #body
        }
    }
}

/// Returns the name of the function that starts a node.
pub(super) fn start_name(index: usize) -> Ident {
    format_ident!("__start_{index}")
}

fn start_decorator(node: &Node<'_>, constructor: &Option<TokenStream>) -> TokenStream {
    let (name, index, span) = (&node.field.name, node.index, node.span());
    let built = if holds_arc(&node.field.ty) {
        quote_spanned!(span=> #constructor::build_shared(__fields, __inner, #index, __phase))
    } else {
        quote_spanned!(span=> #constructor::build(__fields, __inner, __phase))
    };
    let stored = store(node, &built);
    quote_spanned! {span=>
        let __inner = __fields.#name.take();
        #stored
    }
}

/// Stores a built component in the node's field, inside the wrappers of the field's type.
fn store(node: &Node<'_>, built: &TokenStream) -> TokenStream {
    let span = node.span();
    store_value(node, built, &wrap_value(&node.field.ty, quote_spanned!(span=> __value), span))
}

/// Stores `value` in the node's field. It is an expression that contains the built `__value`.
fn store_value(node: &Node<'_>, built: &TokenStream, value: &TokenStream) -> TokenStream {
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

/// Wraps a component's value in the `Tagged` and `Option` of the field's type. The value already has its `Arc`, if it
/// needs one.
fn wrap_value(ty: &Type, value: TokenStream, span: Span) -> TokenStream {
    match unwrap_once(ty) {
        Some((Wrapper::Tagged, content)) => {
            let value = wrap_value(content, value, span);
            quote_spanned!(span=> ::di_core::Tagged::new(#value))
        }
        Some((Wrapper::Option, content)) => {
            let value = wrap_value(content, value, span);
            quote_spanned!(span=> ::core::option::Option::Some(#value))
        }
        None => value,
    }
}

fn start_field(container: &Container, node: &Node<'_>, constructor: &Option<TokenStream>) -> TokenStream {
    let container_name = &container.name;
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
            store(node, &built)
        }
        Source::Provide(_) => {
            // A provider returns the field's type, including its wrappers.
            let ty = located_at(quote!(#ty), span);
            let built = quote_spanned!(span=> #constructor::build::<#ty>(__fields, __phase));
            store_value(node, &built, &quote_spanned!(span=> __value))
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
            let pushes = targets.iter().map(|target| push_collected(target, container.field(target)));
            quote_spanned! {span=>
                let mut __value: #ty = ::std::vec::Vec::new();
                #(#pushes)*
                #done
            }
        }
        Source::Lazy { target, .. } => quote_spanned! {span=>
            let __value = ::di_core::codegen::lazy::<#container_name, _, #target>(
                __fields,
                #index,
                #constructor::CONSTRUCTOR,
                #constructor::construct_async,
                |__value| ::std::sync::Arc::new(__value),
            );
            #done
        },
        Source::Factory { arguments, target, is_sync, .. } => {
            let (new_factory, create) = if *is_sync {
                (quote_spanned!(span=> sync_factory), quote_spanned!(span=> create))
            } else {
                (quote_spanned!(span=> factory), quote_spanned!(span=> create_async))
            };
            quote_spanned! {span=>
                let __value = ::di_core::codegen::#new_factory::<#container_name, #arguments, _, #target>(
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
        Source::Input | Source::Invalid(_) => quote!(::di_core::codegen::unreachable_input()),
    }
}

/// Pushes a clone of a field, coerced to the element's type, to the collected `Vec`. For an `Option`, pushes its
/// content, if any.
fn push_collected(name: &Ident, target: &Field) -> TokenStream {
    let span = name.span();
    let clone = quote_spanned!(span=> ::core::clone::Clone::clone(::di_core::codegen::built(&__fields.#name)));
    if type_arguments(&target.ty, "Option").is_some() {
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
