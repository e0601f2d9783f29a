//! Generated code for `#[provide(..)]` without a `#[provider]`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use crate::container::model::Field;
use crate::container::provide::Provide;
use crate::syntax::hygiene::{argument_name, located_at, with_self};

/// Returns an expression for the parameters of a function or closure.
pub(super) fn provided_parameters(container_name: &Ident, provide: &Provide) -> Option<TokenStream> {
    match provide {
        Provide::Function(path) => {
            let function = with_self(path.to_token_stream(), container_name);
            Some(quote_spanned! {path.span()=>
                ::di_core::codegen::parameters_of::<#container_name, _, _, _>(&#function)
            })
        }
        Provide::Closure { closure, parameters } => Some(quote_spanned! {closure.inputs.span()=>
            ::di_core::codegen::parameters::<#container_name, (#(#parameters,)*), _>()
        }),
        Provide::Provider(_) | Provide::FieldPath { .. } => None,
    }
}

/// Builds the value of a field without a `#[provider]`: evaluates to a `Step`.
pub(super) fn provided(container_name: &Ident, field: &Field, provide: &Provide) -> Option<TokenStream> {
    let span = provide.span();
    let parameters = provided_parameters(container_name, provide);
    let value = match provide {
        Provide::Provider(_) => return None,
        Provide::Function(path) => {
            let function = with_self(path.to_token_stream(), container_name);
            quote_spanned!(span=> ::di_core::codegen::Function::call(&#function, #parameters.read(__fields)))
        }
        Provide::Closure { closure, parameters: types } => {
            let arguments: Vec<_> = (0..types.len()).map(argument_name).collect();
            let closure = with_self(closure.to_token_stream(), container_name);
            quote! {{
                let (#(#arguments,)*) = #parameters.read(__fields);
                let __provide = #closure;
                __provide(#(#arguments),*)
            }}
        }
        Provide::FieldPath { field, path } => {
            let place = replace_first(path, field);
            quote_spanned!(span=> ::core::clone::Clone::clone(&#place))
        }
    };
    let ty = located_at(field.ty.to_token_stream(), span);
    Some(quote_spanned!(span=> ::di_core::codegen::provided::<#ty, _>(#value)))
}

/// Returns `config.db` with the built field instead of its name.
pub(super) fn replace_first(path: &Expr, first: &Ident) -> TokenStream {
    match path {
        Expr::Field(field) => {
            let base = replace_first(&field.base, first);
            let (dot, member) = (&field.dot_token, &field.member);
            quote!(#base #dot #member)
        }
        Expr::Group(group) => replace_first(&group.expr, first),
        _ => quote_spanned!(first.span()=> ::di_core::codegen::built(&__fields.#first)),
    }
}
