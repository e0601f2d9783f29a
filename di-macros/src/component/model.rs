use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{Attribute, ReturnType, Signature, Type, TypeReference};

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
    /// `#[inner] T`: what a decorator decorates.
    Inner,
    /// `#[assisted] T`: an argument of a factory.
    Assisted,
}

/// The type that finds the field.
pub(super) enum Source {
    /// `T` of a field of type `Arc<T>`.
    Arc(Type),
    /// A field's whole type.
    Whole(Type),
}

/// How many arguments a factory takes at the most.
pub(super) const MOST_ARGUMENTS: usize = 5;

/// Name of the argument at `index` in a [`Call`]'s expression.
pub(super) fn argument(index: usize) -> Ident {
    format_ident!("__argument_{index}")
}

impl Call {
    /// A call of a function by its `path`. `role` is what messages call it.
    pub(super) fn of_function(path: TokenStream, signature: &Signature, role: &str) -> syn::Result<Call> {
        rules::callable(signature, role)?;
        let ReturnType::Type(_, returned) = &signature.output else {
            return Err(rules::returns_nothing(signature, role));
        };
        let mut parameters = Vec::new();
        for input in &signature.inputs {
            let Some((attributes, ty)) = typed(input) else { return Err(rules::takes_self(input, role)) };
            rules::parameter(attributes, ty, role)?;
            parameters.push(Parameter::new(attributes, ty)?);
        }
        rules::one_purpose(&parameters, &signature.ident)?;
        let arguments = (0..parameters.len()).map(argument);
        Ok(Call {
            expression: quote!(#path(#(#arguments),*)),
            parameters,
            is_async: signature.asyncness.is_some(),
            returned: (**returned).clone(),
            span: signature.ident.span(),
        })
    }

    /// The type that a decorator decorates.
    pub(super) fn inner(&self) -> Option<&Type> {
        self.parameters.iter().find(|parameter| matches!(parameter.form, Form::Inner)).map(Parameter::ty)
    }

    /// The types of the arguments of a factory.
    pub(super) fn assisted(&self) -> Vec<&Type> {
        let assisted = |parameter: &&Parameter| matches!(parameter.form, Form::Assisted);
        self.parameters.iter().filter(assisted).map(Parameter::ty).collect()
    }

    /// The parameters that come from the container.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| !matches!(parameter.form, Form::Inner | Form::Assisted))
    }

    /// A struct whose fields are the parameters.
    pub(super) fn of_fields(expression: TokenStream, parameters: Vec<Parameter>, span: Span) -> Call {
        Call { expression, parameters, is_async: false, returned: syn::parse_quote!(Self), span }
    }
}

impl Parameter {
    fn new(attributes: &[Attribute], ty: &Type) -> syn::Result<Parameter> {
        let marked = rules::mark(attributes)?;
        Ok(match (marked, ungrouped(ty)) {
            (Some(form), ty) => {
                rules::owned(ty, &form)?;
                Parameter { form, source: Source::Whole(ty.clone()) }
            }
            (None, Type::Reference(TypeReference { elem, .. })) => {
                Parameter { form: Form::Borrowed, source: Source::Arc((**elem).clone()) }
            }
            (None, ty) => Parameter { form: Form::Owned, source: Source::new(ty) },
        })
    }

    fn ty(&self) -> &Type {
        match &self.source {
            Source::Arc(ty) | Source::Whole(ty) => ty,
        }
    }

    /// A field of a struct that derives `Component`.
    pub(super) fn injected_field(attributes: &[Attribute], ty: &Type) -> syn::Result<Parameter> {
        rules::injected_field(ty)?;
        Parameter::new(attributes, ty)
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
