//! Entry points of `#[component]`, `#[derive(Component)]` and `#[provider]`: parse, check, expand.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, Error, ImplItem, Item, ItemFn, ItemImpl, Type};

use super::model::{ComponentImpl, Constructor, Function};
use super::{attr, expand, rules};
use crate::syntax::errors::{Errors, with_error};

/// Expands `#[component]` on an `impl` block.
pub(crate) fn component_attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut block: ItemImpl = match syn::parse2(item.clone()) {
        Ok(Item::Impl(block)) => block,
        Ok(other) => return with_error(item, rules::not_an_impl(&other)),
        Err(error) => return with_error(item, error),
    };
    let signatures = block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(&function.sig),
        _ => None,
    });
    let mark = attr::first_mark(signatures);
    let mut hook_errors = Errors::default();
    let component = ComponentImpl::take(&mut block, &mut hook_errors);
    let checked = rules::component_arguments(&arguments)
        .and_then(|()| rules::component_impl(&component))
        .and_then(|constructor| rules::hooks(constructor, &component.hooks, hook_errors).map(|()| constructor));
    let expansion = match checked {
        Ok(constructor) => expand::component(&block.generics, &block.self_ty, constructor, &component.hooks),
        Err(error) if block.trait_.is_none() => with_error(expand::stub(&block.generics, &block.self_ty, mark), error),
        Err(error) => error.into_compile_error(),
    };
    quote!(#block #expansion)
}

/// Expands `#[derive(Component)]`.
pub(crate) fn component_derive(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (_, arguments, _) = input.generics.split_for_impl();
    let self_type: Type = syn::parse_quote!(#ident #arguments);
    let constructor = rules::is_struct(input).and_then(|fields| Constructor::from_fields(ident, fields));
    let checked = constructor.and_then(|constructor| {
        rules::injected_fields(&constructor)?;
        Ok(constructor)
    });
    match checked {
        Ok(constructor) => expand::component(&input.generics, &self_type, &constructor, &[]),
        Err(error) => with_error(expand::stub(&input.generics, &self_type, None), error),
    }
}

/// Expands `#[provider]` on a function.
pub(crate) fn provider_attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut item_fn: ItemFn = match syn::parse2(item.clone()) {
        Ok(item_fn) => item_fn,
        Err(_) => {
            let message =
                "`#[provider]` can only be applied to a function that returns the value of a container's field";
            return with_error(item, Error::new(Span::call_site(), message));
        }
    };
    let provider = Function::free(&item_fn);
    attr::remove_marks(&mut item_fn.sig);
    let expansion = match rules::provider_arguments(&arguments).and_then(|()| rules::provider(&provider)) {
        Ok(()) => expand::provider(&item_fn, &provider.constructor),
        Err(error) => with_error(expand::provider_stub(&item_fn), error),
    };
    quote!(#item_fn #expansion)
}
