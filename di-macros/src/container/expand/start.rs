//! Generated functions that start the construction of a node, one for each.

use std::iter::successors;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use super::collect::collection;
use super::constructor::constructor;
use super::provide::{provided, replace_first};
use crate::container::choose::Choose;
use crate::container::model::{Container, Field, Node, Source};
use crate::syntax::hygiene::located_at;
use crate::syntax::source_text::source_text;
use crate::syntax::types::{Wrapper, arc_content, component_type, holds_arc, unwrap_once};

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
    let body = with_named(container, node, body);
    // The closure in the call of a factory coerces the value to a trait object.
    let allow = node.is_deferred().then(|| quote!(#[allow(clippy::redundant_closure)]));
    quote! {
        #allow
        fn #function(__fields: &mut #partial, __phase: ::di_core::codegen::Phase) -> ::di_core::codegen::Step<()> {
            #body
        }
    }
}

/// Fills the hidden fields of named parameters while the constructor is called.
fn with_named(container: &Container, node: &Node<'_>, body: TokenStream) -> TokenStream {
    if node.named().is_empty() {
        return body;
    }
    let (fills, clears): (Vec<_>, Vec<_>) = node
        .named()
        .iter()
        .map(|named| {
            let (slot, target, span) = (node.slot(named), &named.field, named.field.span());
            let built = built_untagged(target, &container.field(target).ty, span);
            (
                quote_spanned!(span=> __fields.#slot = ::core::option::Option::Some(::core::clone::Clone::clone(#built));),
                quote_spanned!(span=> __fields.#slot = ::core::option::Option::None;),
            )
        })
        .unzip();
    quote! {
        #(#fills)*
        let __step = { #body };
        #(#clears)*
        __step
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
    let mut inner = quote_spanned!(span=> __fields.#name.take());
    for _ in tags(&node.field.ty) {
        inner = quote_spanned!(span=> #inner.map(::di_core::Tagged::into_inner));
    }
    quote_spanned! {span=>
        let __inner = #inner;
        #stored
    }
}

/// Stores a built component in the node's field, inside the wrappers of the field's type.
fn store(node: &Node<'_>, built: &TokenStream) -> TokenStream {
    let span = node.span();
    let value = match node.component() {
        // The texts are equal unless the type is written in two ways, or is wrong.
        Some(component) if !holds_arc(&node.field.ty) => {
            let content = component_type(&node.field.ty);
            if source_text(component) == source_text(content) {
                quote_spanned!(span=> __value)
            } else {
                let content = located_at(content.to_token_stream(), span);
                quote_spanned!(span=> ::di_core::codegen::stored_as::<#content, #component>(__value))
            }
        }
        _ => quote_spanned!(span=> __value),
    };
    store_value(node, built, &wrap_value(&node.field.ty, value, span))
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

/// Adds the hooks of a provided value, a reference to a value of type `ty` that holds an `Arc`.
fn add_hooks(ty: &Type, value: TokenStream, index: usize, span: Span) -> TokenStream {
    match unwrap_once(ty) {
        Some((Wrapper::Tagged, content)) => {
            add_hooks(content, quote_spanned!(span=> ::core::ops::Deref::deref(#value)), index, span)
        }
        Some((Wrapper::Option, content)) => {
            let add = add_hooks(content, quote_spanned!(span=> __content), index, span);
            quote_spanned!(span=> if let ::core::option::Option::Some(__content) = #value { #add })
        }
        None => quote_spanned! {span=>
            {
                #[allow(unused_imports)]
                use ::di_core::codegen::WithoutHooks as _;
                ::di_core::codegen::Provided(#value).add_hooks(&mut __fields.__hooks, #index);
            }
        },
    }
}

/// Returns the contents of the outer `Tagged`s of a type, one for each.
fn tags(ty: &Type) -> impl Iterator<Item = &Type> {
    let content = |ty| match unwrap_once(ty) {
        Some((Wrapper::Tagged, content)) => Some(content),
        _ => None,
    };
    successors(content(ty), move |ty| content(ty))
}

/// Wraps a value in the outer `Tagged`s of the field's type.
fn tag_value(ty: &Type, value: TokenStream, span: Span) -> TokenStream {
    tags(ty).fold(value, |value, _| quote_spanned!(span=> ::di_core::Tagged::new(#value)))
}

/// Returns a reference to the built field `target`, without its outer `Tagged`s.
fn built_untagged(target: &Ident, ty: &Type, span: Span) -> TokenStream {
    let built = quote_spanned!(span=> ::di_core::codegen::built(&__fields.#target));
    tags(ty).fold(built, |built, _| quote_spanned!(span=> ::core::ops::Deref::deref(#built)))
}

fn start_field(container: &Container, node: &Node<'_>, constructor: &Option<TokenStream>) -> TokenStream {
    let container_name = &container.name;
    let (field, index, span) = (node.field, node.index, node.span());
    let (name, ty) = (&field.name, &field.ty);
    let owner = node.owner(container_name);
    let tagged = tag_value(ty, quote_spanned!(span=> __value), span);
    let done = quote_spanned! {span=>
        __fields.#name = ::core::option::Option::Some(#tagged);
        ::di_core::codegen::Step::Ready(())
    };
    if node.component().is_some() {
        let built = if holds_arc(ty) {
            quote_spanned!(span=> #constructor::build_shared(__fields, #index, __phase))
        } else {
            quote_spanned!(span=> #constructor::build(__fields, __phase))
        };
        return store(node, &built);
    }
    match &field.source {
        Source::Choose(choose) => choice(container, choose),
        Source::Provide(provide) => {
            let built = provided(container_name, field, provide).unwrap_or_else(|| {
                // A provider returns the field's type, or its content if the type is tagged.
                let ty = located_at(quote!(#ty), span);
                quote_spanned!(span=> #constructor::build::<#ty>(__fields, __phase))
            });
            let value = match field.hooked() {
                None => quote_spanned!(span=> __value),
                Some(_) => {
                    let add = add_hooks(ty, quote_spanned!(span=> &__value), index, span);
                    quote_spanned!(span=> { #add __value })
                }
            };
            store_value(node, &built, &value)
        }
        Source::Module { .. } => {
            let overrides = field.module_overrides();
            let shared = holds_arc(ty).then(|| quote_spanned!(span=> let __value = ::std::sync::Arc::new(__value);));
            quote_spanned! {span=>
                let __overrides = ::core::mem::take(&mut __fields.#overrides);
                match #constructor::build(__fields, __overrides, __phase) {
                    ::di_core::codegen::Step::Ready(::di_core::codegen::BuiltModule { module: __value, hooks: __hooks_of_module }) => {
                        __fields.__hooks.add_module(#index, __hooks_of_module);
                        #shared
                        #done
                    }
                    ::di_core::codegen::Step::NotReady(__rest) => ::di_core::codegen::Step::NotReady(__rest),
                }
            }
        }
        Source::Alias { target } => {
            let built = built_untagged(target, &container.field(target).ty, span);
            quote_spanned! {span=>
                let __value = ::core::clone::Clone::clone(#built);
                #done
            }
        }
        Source::Import { module } => import(field, module),
        Source::Shaku { module, interface } => quote_spanned! {span=>
            let __module = ::di_core::codegen::built(&__fields.#module);
            let __value = ::di_core::codegen::from_shaku::<_, #interface>(&**__module);
            #done
        },
        Source::Collect { members } => {
            let collection = collection(container, field, field.untagged(), members);
            quote_spanned! {span=>
                let __value = #collection;
                #done
            }
        }
        Source::Lazy { target, is_sync, .. } => {
            let (new_lazy, construct) = if *is_sync {
                (quote_spanned!(span=> sync_lazy), quote_spanned!(span=> construct_shared))
            } else {
                (quote_spanned!(span=> lazy), quote_spanned!(span=> construct_shared_async))
            };
            quote_spanned! {span=>
                let __value = ::di_core::codegen::#new_lazy::<#owner, _, #target>(
                    __fields,
                    #index,
                    #constructor::CONSTRUCTOR,
                    #constructor::#construct,
                    |value| value,
                );
                #done
            }
        }
        Source::Factory { arguments, target, is_sync, is_boxed, .. } => {
            let pointer = if *is_boxed {
                quote_spanned!(span=> ::std::boxed::Box)
            } else {
                quote_spanned!(span=> ::std::sync::Arc)
            };
            let (new_factory, create) = if *is_sync {
                (quote_spanned!(span=> sync_factory), quote_spanned!(span=> create))
            } else {
                (quote_spanned!(span=> factory), quote_spanned!(span=> create_async))
            };
            quote_spanned! {span=>
                let __value = ::di_core::codegen::#new_factory::<#owner, #arguments, _, #target, #pointer<#target>>(
                    __fields,
                    #index,
                    #constructor::CONSTRUCTOR,
                    #constructor::#create,
                    |__value| #pointer::new(__value),
                );
                #done
            }
        }
        Source::Absent => quote_spanned! {span=>
            let __value = ::core::option::Option::None;
            #done
        },
        Source::Input { .. } | Source::Component(_) | Source::Invalid(_) => {
            quote!(::di_core::codegen::unreachable_input())
        }
    }
}

/// Chooses an alternative by matching the selector.
fn choice(container: &Container, choose: &Choose) -> TokenStream {
    let Choose { selector, path, alternatives } = choose;
    let span = selector.span();
    let selected = if let Expr::Path(_) = **path {
        let field = container.field(selector);
        let built = built_untagged(selector, &field.ty, span);
        if arc_content(field.untagged()).is_some() {
            quote_spanned!(span=> **#built)
        } else {
            quote_spanned!(span=> *#built)
        }
    } else {
        replace_first(path, selector)
    };
    let patterns = alternatives.iter().map(|alternative| &alternative.pattern);
    let indexes = 0..alternatives.len();
    quote_spanned!(span=> ::di_core::codegen::choose(__phase, || match #selected { #(#patterns => #indexes,)* }))
}

/// Clones a field of a module. A tagged field is also imported from an untagged one, if the module does not have one
/// with the same tag.
fn import(field: &Field, module: &Ident) -> TokenStream {
    let (name, ty) = (&field.name, &field.ty);
    let value = if tags(ty).next().is_none() {
        quote_spanned!(ty.span()=> ::core::clone::Clone::clone(__module.__field::<#ty>()))
    } else {
        quote_spanned! {ty.span()=> {
            #[allow(unused_imports)]
            use ::di_core::codegen::{ImportPublicUntagged as _, ImportUntagged as _};
            ::di_core::codegen::import::<_, #ty>(__module.__any_field()).import()
        }}
    };
    quote_spanned! {ty.span()=>
        #[allow(unused_imports)]
        use ::di_core::codegen::ImportPublic as _;
        let __module = ::di_core::codegen::built(&__fields.#module);
        __fields.#name = ::core::option::Option::Some(#value);
        ::di_core::codegen::Step::Ready(())
    }
}
