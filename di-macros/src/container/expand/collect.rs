//! Generated code that collects fields into a `Vec` or a map.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Lit, Type};

use crate::container::member::Member;
use crate::container::model::{Container, Field};
use crate::syntax::source_text::source_text;
use crate::syntax::types::{Wrapper, type_arguments, unwrap_once};

/// Evaluates to the collection of type `ty`.
pub(super) fn collection(container: &Container, field: &Field, ty: &Type, members: &[Member]) -> TokenStream {
    let span = field.source_span();
    let elements = match type_arguments(ty, "Vec").as_deref() {
        Some([element]) => Elements::OfVec(source_text(*element)),
        _ => Elements::OfMap,
    };
    let additions = members.iter().map(|member| {
        let (cfgs, name, span) = (&member.cfgs, &member.field, member.field.span());
        let Some(target) = container.find_field(name) else {
            // The field is absent together with the member.
            let message = format!("there is no field `{name}`");
            return quote_spanned!(span=> #(#cfgs)* { ::core::compile_error!(#message); });
        };
        let clone = quote_spanned!(span=> ::core::clone::Clone::clone(::di_core::codegen::built(&__fields.#name)));
        let addition = add(clone, &target.ty, &elements, member, span);
        quote_spanned!(span=> #(#cfgs)* { #addition })
    });
    quote_spanned! {span=> {
        #[allow(unused_mut)]
        let mut __value: #ty = ::core::default::Default::default();
        #(#additions)*
        __value
    }}
}

/// The elements of a collection.
enum Elements {
    /// Elements of a `Vec`, with their type.
    OfVec(String),
    /// Values of a map.
    OfMap,
}

/// Adds a value of type `ty`, coerced to the type of the elements. If the types differ, adds the content of a `Tagged`,
/// that of an `Option`, if any, and each element of a `Vec`.
fn add(value: TokenStream, ty: &Type, elements: &Elements, member: &Member, span: Span) -> TokenStream {
    let is_element = matches!(elements, Elements::OfVec(element) if source_text(ty) == *element);
    match unwrap_once(ty) {
        Some((Wrapper::Tagged, content)) if !is_element => {
            let content_value = quote_spanned!(span=> ::di_core::Tagged::into_inner(#value));
            return add(content_value, content, elements, member, span);
        }
        Some((Wrapper::Option, content)) if !is_element => {
            let addition = add(quote_spanned!(span=> __element), content, elements, member, span);
            return quote_spanned! {span=>
                if let ::core::option::Option::Some(__element) = #value {
                    #addition
                }
            };
        }
        _ => {}
    }
    let key = match &member.key {
        Some(key @ Lit::Str(_)) => Some(quote_spanned!(key.span()=> ::core::convert::Into::into(#key))),
        Some(key) => Some(quote_spanned!(key.span()=> #key)),
        None => None,
    };
    match (elements, key, type_arguments(ty, "Vec").as_deref()) {
        (Elements::OfVec(_), _, Some([content])) if !is_element => {
            let addition = add(quote_spanned!(span=> __element), content, elements, member, span);
            quote_spanned! {span=>
                for __element in #value {
                    #addition
                }
            }
        }
        (Elements::OfMap, Some(key), _) => quote_spanned! {span=>
            let __element = #value;
            __value.insert(#key, __element);
        },
        _ => quote_spanned! {span=>
            let __element = #value;
            __value.push(__element);
        },
    }
}
