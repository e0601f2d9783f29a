//! Generated code that looks up the dependencies and calls the constructor.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Index;
use syn::spanned::Spanned;

use crate::component::attr::DefaultValue;
use crate::component::model::{Body, Constructor, FieldInit, FieldKey, FieldValue, Parameter, ParameterKind};
use crate::syntax::hygiene::{argument_name, with_hygienic_locals};
use crate::syntax::source_text::source_text;
use crate::syntax::types::is_option;

/// Generates the constant that describes the constructor: its dependencies, whether it is async, whether its component
/// has hooks, and whether it returns an `Arc`.
pub(super) fn constructor_const(constructor: &Constructor, has_hooks: bool, returns_arc: bool) -> TokenStream {
    let dependencies = dependencies(constructor);
    let names: Vec<_> = constructor.dependency_names().collect();
    let names = (!names.is_empty()).then(|| quote!(.with_names(&[#(#names),*])));
    let is_async = constructor.is_async.then(|| quote!(.with_async(true)));
    let has_hooks = has_hooks.then(|| quote!(.with_hooks()));
    let returns_arc = returns_arc.then(|| quote!(.with_arc()));
    quote! {
        const CONSTRUCTOR: ::di_core::codegen::Constructor = ::di_core::codegen::Constructor::new(#dependencies) #names #is_async #has_hooks #returns_arc;
    }
}

/// Returns the name of the method that calls the constructor, such as `construct` or `construct_async`.
pub(super) fn method_name(name: &str, constructor: &Constructor) -> Ident {
    if constructor.is_async { format_ident!("{name}_async") } else { format_ident!("{name}") }
}

/// Returns the return type of the method that calls the constructor.
pub(super) fn method_result(constructor: &Constructor, value: TokenStream) -> TokenStream {
    if constructor.is_async { quote!(::di_core::BoxFuture<#value>) } else { value }
}

/// Binds the arguments and calls the constructor, in a future if it is async. `finish` converts the returned value.
pub(super) fn construction(constructor: &Constructor, finish: impl FnOnce(TokenStream) -> TokenStream) -> TokenStream {
    let arguments =
        constructor.parameters.iter().enumerate().map(|(index, parameter)| bind(constructor, index, parameter));
    let expression = expression(constructor);
    let span = constructor.returned.span();
    if !constructor.is_async {
        let result = finish(quote_spanned!(span=> __returned));
        return with_hygienic_locals(quote! {
            #(#arguments)*
            let __returned = #expression;
            #result
        });
    }
    let borrows =
        constructor.parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind == ParameterKind::Borrowed);
    let borrows = borrows.map(|(index, _)| {
        let name = argument_name(index);
        quote!(let #name = &*#name;)
    });
    let result = finish(quote_spanned!(span=> __returned));
    let pending = quote_spanned! {constructor.span=>
        ::di_core::codegen::boxed_future(async move {
            #(#borrows)*
            let __returned = #expression.await;
            #result
        })
    };
    with_hygienic_locals(quote!(#(#arguments)* #pending))
}

/// Returns the call of the constructor, without `.await`.
fn expression(constructor: &Constructor) -> TokenStream {
    let arguments = (0..constructor.parameters.len()).map(argument_name);
    match &constructor.body {
        Body::AssociatedFunction { self_type, name } => quote!(<#self_type>::#name(#(#arguments),*)),
        Body::Function { name } => quote!(#name(#(#arguments),*)),
        Body::Struct(fields) => {
            let inits = fields.iter().map(|FieldInit { member, ty, value }| match value {
                FieldValue::Parameter(index) => {
                    let argument = argument_name(*index);
                    quote!(#member: #argument)
                }
                FieldValue::Default(DefaultValue::OfType(span)) => {
                    let value = quote_spanned!(*span=> <#ty as ::core::default::Default>::default());
                    quote!(#member: #value)
                }
                FieldValue::Default(DefaultValue::Expression(expression)) => quote!(#member: #expression),
            });
            quote!(Self { #(#inits),* })
        }
    }
}

/// Binds an argument to a local name. An async call owns the values that it borrows from.
fn bind(constructor: &Constructor, index: usize, parameter: &Parameter) -> TokenStream {
    let name = argument_name(index);
    let span = parameter.key.span();
    let value = match (parameter.kind, &parameter.key) {
        (ParameterKind::Inner, _) => quote!(__inner),
        (ParameterKind::Assisted, _) => {
            let before = &constructor.parameters[..index];
            let place = before.iter().filter(|parameter| parameter.kind == ParameterKind::Assisted).count();
            let place = Index::from(place);
            quote!(__assisted.#place)
        }
        (_, FieldKey::Borrowed(content)) if constructor.is_async => {
            quote_spanned!(span=> ::di_core::codegen::shared::<__C, #content>(__fields))
        }
        (_, FieldKey::Borrowed(content)) => {
            quote_spanned!(span=> ::di_core::codegen::borrowed::<__C, #content>(__fields))
        }
        (_, FieldKey::ArcContent(content)) => {
            quote_spanned!(span=> ::di_core::codegen::cloned_arc::<__C, #content>(__fields))
        }
        (_, FieldKey::FieldType(ty)) => quote_spanned!(span=> ::di_core::codegen::cloned::<__C, #ty>(__fields)),
    };
    quote!(let #name = #value;)
}

/// Returns the node indexes of the dependencies, in the order of the parameters.
fn dependencies(constructor: &Constructor) -> TokenStream {
    let indexes = constructor.dependencies().map(|key| match key {
        FieldKey::ArcContent(content) => quote!(<#content as ::di_core::codegen::ArcFieldOf<__C>>::INDEX),
        FieldKey::Borrowed(content) => quote!(<#content as ::di_core::codegen::BorrowedFieldOf<__C>>::INDEX),
        FieldKey::FieldType(ty) => quote!(<#ty as ::di_core::codegen::FieldOf<__C>>::INDEX),
    });
    quote!(&[#(#indexes),*])
}

/// Returns a bound for each type that is looked up, on the tokens of its first parameter.
pub(super) fn field_bounds(constructor: &Constructor) -> TokenStream {
    let mut seen = Vec::new();
    let mut bounds = TokenStream::new();
    for key in constructor.dependencies() {
        let span = key.span();
        let bound = match key {
            FieldKey::ArcContent(content) => quote_spanned!(span=> #content: ::di_core::codegen::ArcFieldOf<__C>,),
            FieldKey::Borrowed(content) if constructor.is_async => {
                quote_spanned!(span=> #content: ::di_core::codegen::AsyncBorrowedFieldOf<__C>,)
            }
            FieldKey::Borrowed(content) => quote_spanned!(span=> #content: ::di_core::codegen::BorrowedFieldOf<__C>,),
            FieldKey::FieldType(ty) if is_option(ty) => {
                quote_spanned!(span=> #ty: ::di_core::codegen::OptionFieldOf<__C>,)
            }
            FieldKey::FieldType(ty) => quote_spanned!(span=> #ty: ::di_core::codegen::CloneFieldOf<__C>,),
        };
        let text = source_text(&bound);
        if !seen.contains(&text) {
            seen.push(text);
            bounds.extend(bound);
        }
    }
    bounds
}
