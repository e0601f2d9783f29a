//! `#[component]`, `#[derive(Component)]` and `#[provider]`: each finds what is to be called, and with what.

mod expand;
mod hooks;
mod marks;
mod model;
mod rules;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Expr, FnArg, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl, Meta, Type};

use hooks::Hooks;
use model::{Call, Parameter};

/// `#[component]` on an `impl` block.
pub(crate) fn of_impl(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut item: ItemImpl = match syn::parse2(item.clone()) {
        Ok(Item::Impl(item)) => item,
        Ok(other) => return rules::not_an_impl(&other, item),
        Err(error) => return beside(item, error),
    };
    let functions = item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(&function.sig),
        _ => None,
    });
    let purpose = marks::purpose(functions);
    let hooks = Hooks::take(&mut item);
    let found = find_constructor(&mut item);
    let constructor = rules::no_arguments(&arguments, "component")
        .and_then(|()| rules::inherent(&item))
        .and(found)
        .and_then(|call| {
            let hooks = hooks?;
            rules::hooks(&call, &hooks)?;
            Ok((call, hooks))
        });
    let expansion = match constructor {
        Ok((call, hooks)) => expand::component(&item.generics, &item.self_ty, &call, &hooks),
        Err(error) => {
            let stub =
                if item.trait_.is_none() { expand::stub(&item.generics, &item.self_ty, purpose) } else { quote!() };
            beside(stub, error)
        }
    };
    quote!(#item #expansion)
}

/// `#[derive(Component)]` on a struct.
pub(crate) fn of_struct(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (_, arguments, _) = input.generics.split_for_impl();
    let self_type: Type = syn::parse_quote!(#ident #arguments);
    match injected_fields(input) {
        Ok(call) => expand::component(&input.generics, &self_type, &call, &Hooks::default()),
        Err(error) => beside(expand::stub(&input.generics, &self_type, None), error),
    }
}

/// `#[provider]` on a function.
pub(crate) fn of_function(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            let message = "`#[provider]` goes on a function that returns the value of a container's field";
            return beside(item, Error::new(Span::call_site(), message));
        }
    };
    let call = rules::no_arguments(&arguments, "provider")
        .and_then(|()| rules::evaluated(&function.attrs, "function"))
        .and_then(|()| rules::unmarked(&function.sig))
        .and_then(|()| {
            let name = &function.sig.ident;
            Call::of_function(quote!(#name), &function.sig, "provider")
        });
    marks::remove(&mut function.sig);
    let expansion = match call {
        Ok(call) => expand::provider(&function, &call),
        Err(error) => beside(expand::provider_stub(&function), error),
    };
    quote!(#function #expansion)
}

/// Tokens, and beside them an error.
fn beside(tokens: TokenStream, error: Error) -> TokenStream {
    let error = error.into_compile_error();
    quote!(#tokens #error)
}

/// Takes the attribute `name` off `attributes`, and tells where it was.
fn take_attribute(attributes: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let at = attributes.iter().position(|attribute| attribute.path().is_ident(name))?;
    Some(attributes.remove(at))
}

/// The function marked `#[constructor]`, or `new`.
fn find_constructor(item: &mut ItemImpl) -> syn::Result<Call> {
    let self_type = item.self_ty.clone();
    let mut functions: Vec<(&mut ImplItemFn, bool)> = item
        .items
        .iter_mut()
        .filter_map(|item| if let ImplItem::Fn(function) = item { Some(function) } else { None })
        .map(|function| {
            let marked = take_attribute(&mut function.attrs, "constructor").is_some();
            (function, marked)
        })
        .collect();
    let marked: Vec<usize> = (0..functions.len()).filter(|&at| functions[at].1).collect();
    let new = || (0..functions.len()).filter(|&at| functions[at].0.sig.ident == "new").collect();
    let found: Vec<usize> = if marked.is_empty() { new() } else { marked };
    let names: Vec<_> = found.iter().map(|&at| &functions[at].0.sig.ident).collect();
    rules::one_constructor(&self_type, &names)?;
    let function = &mut functions[found[0]].0;
    let call = rules::evaluated(&function.attrs, "constructor").and_then(|()| {
        let name = &function.sig.ident;
        Call::of_function(quote!(<#self_type>::#name), &function.sig, "constructor")
    });
    marks::remove(&mut function.sig);
    call
}

/// The fields of a struct as parameters of a constructor that only puts them in their places.
fn injected_fields(input: &DeriveInput) -> syn::Result<Call> {
    let Data::Struct(data) = &input.data else {
        let message = "`#[derive(Component)]` takes a struct; for another type, put `#[component]` on an `impl` block \
                       with a constructor";
        return Err(Error::new(input.ident.span(), message));
    };
    let mut parameters = Vec::new();
    let mut places = Vec::new();
    for (field, member) in data.fields.iter().zip(data.fields.members()) {
        let value = match field.attrs.iter().find(|attribute| attribute.path().is_ident("default")) {
            Some(attribute) => default_value(attribute, &field.ty)?,
            None => {
                parameters.push(Parameter::injected_field(&field.attrs, &field.ty)?);
                let argument = model::argument(parameters.len() - 1);
                quote!(#argument)
            }
        };
        places.push(quote!(#member: #value));
    }
    rules::one_purpose(&parameters, &input.ident)?;
    Ok(Call::of_fields(quote!(Self { #(#places),* }), parameters, input.ident.span()))
}

/// The value of a field that is marked `#[default]` or `#[default(expression)]`.
fn default_value(attribute: &Attribute, ty: &Type) -> syn::Result<TokenStream> {
    match &attribute.meta {
        Meta::Path(path) => {
            let span = path.span();
            Ok(quote::quote_spanned!(span=> <#ty as ::core::default::Default>::default()))
        }
        Meta::List(list) => list.parse_args::<Expr>().map(|expression| quote!(#expression)),
        Meta::NameValue(pair) => {
            let message = "write `#[default]`, or `#[default(expression)]`";
            Err(Error::new_spanned(pair, message))
        }
    }
}

/// The parameter of a function, with its pattern left out.
fn typed(argument: &FnArg) -> Option<(&[Attribute], &Type)> {
    match argument {
        FnArg::Typed(typed) => Some((&typed.attrs, &typed.ty)),
        FnArg::Receiver(_) => None,
    }
}
