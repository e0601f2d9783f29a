use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{ReturnType, Signature, Type, TypeReference};

use super::{rules, typed};
use crate::types::{arc_content, ungrouped};

/// What makes a value: a function to call, or a struct's fields to fill.
pub(super) struct Call {
    /// The call, its arguments named by [`argument`], without `.await`.
    pub(super) expression: TokenStream,
    pub(super) parameters: Vec<Parameter>,
    pub(super) is_async: bool,
    /// What it returns, as it is written; `Self` for a struct.
    pub(super) returned: Type,
    /// Where to report what is wrong with the call as a whole.
    pub(super) span: Span,
}

/// A dependency: where it comes from, and how it is handed over.
pub(super) struct Parameter {
    pub(super) form: Form,
    pub(super) source: Source,
}

/// How a dependency is handed over.
pub(super) enum Form {
    /// `T`: a clone of the field.
    Owned,
    /// `&T`: borrowed from the field's `Arc`.
    Borrowed,
}

/// The type that finds the field.
pub(super) enum Source {
    /// `T` of a field of type `Arc<T>`.
    Arc(Type),
    /// A field's whole type.
    Whole(Type),
}

/// Name of the argument at `index` in a [`Call`]'s expression.
pub(super) fn argument(index: usize) -> Ident {
    format_ident!("__argument_{index}")
}

impl Call {
    /// A call of a function by its `path`. `role` is what messages call it.
    pub(super) fn of_function(path: TokenStream, signature: &mut Signature, role: &str) -> syn::Result<Call> {
        rules::callable(signature, role)?;
        let ReturnType::Type(_, returned) = &signature.output else {
            return Err(rules::returns_nothing(signature, role));
        };
        let mut parameters = Vec::new();
        for input in &signature.inputs {
            let Some((attributes, ty)) = typed(input) else { return Err(rules::takes_self(input, role)) };
            rules::parameter(attributes, ty, role)?;
            parameters.push(Parameter::new(ty));
        }
        let arguments = (0..parameters.len()).map(argument);
        Ok(Call {
            expression: quote!(#path(#(#arguments),*)),
            parameters,
            is_async: signature.asyncness.is_some(),
            returned: (**returned).clone(),
            span: signature.ident.span(),
        })
    }

    /// A struct whose fields are the parameters.
    pub(super) fn of_fields(expression: TokenStream, parameters: Vec<Parameter>, span: Span) -> Call {
        Call { expression, parameters, is_async: false, returned: syn::parse_quote!(Self), span }
    }
}

impl Parameter {
    fn new(ty: &Type) -> Parameter {
        match ungrouped(ty) {
            Type::Reference(TypeReference { elem, .. }) => {
                Parameter { form: Form::Borrowed, source: Source::Arc((**elem).clone()) }
            }
            ty => Parameter { form: Form::Owned, source: Source::new(ty) },
        }
    }

    /// A field of a struct that derives `Component`.
    pub(super) fn injected_field(ty: &Type) -> syn::Result<Parameter> {
        rules::injected_field(ty)?;
        Ok(Parameter { form: Form::Owned, source: Source::new(ty) })
    }
}

impl Source {
    fn new(ty: &Type) -> Source {
        match arc_content(ty) {
            Some(content) => Source::Arc(content.clone()),
            None => Source::Whole(ty.clone()),
        }
    }

    pub(super) fn span(&self) -> Span {
        match self {
            Source::Arc(ty) | Source::Whole(ty) => ty.span(),
        }
    }
}
