//! Methods of an intercepted trait: arguments, output and error type; sync, async or with a boxed future.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{FnArg, GenericArgument, Pat, ReturnType, Signature, TraitItemFn, Type, WherePredicate};

use super::BoxedFuture;
use crate::syntax::hygiene::argument_name;
use crate::syntax::source_text::source_text;
use crate::syntax::types::{borrows, generic_arguments, ungrouped};

/// A method of an intercepted trait.
pub(crate) struct Method<'a> {
    pub(crate) function: &'a TraitItemFn,
    /// The signature, with the parameters renamed by [`argument_name`].
    pub(crate) signature: Signature,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) kind: ReturnKind,
    /// The return type, or the output of the returned future.
    pub(crate) output: Type,
    /// The error type as written; the whole output if it is not a `Result`.
    pub(crate) error_text: String,
    /// Whether the error type contains a reference, or a lifetime other than `'static`.
    pub(crate) error_borrows: bool,
    /// Whether the method has the bound `Self: Sized`, and is therefore not part of the trait object.
    pub(crate) requires_sized: bool,
}

/// A parameter of a method other than `self`.
pub(crate) struct Argument {
    /// The name as written, for display.
    pub(crate) name: String,
    pub(crate) ty: Type,
}

/// The form in which a method returns its output.
pub(crate) enum ReturnKind {
    Sync,
    /// An `async fn`.
    Async,
    BoxedFuture(Box<BoxedFuture>),
}

impl<'a> Method<'a> {
    pub(super) fn new(function: &'a TraitItemFn) -> Method<'a> {
        let mut signature = function.sig.clone();
        let mut arguments = Vec::new();
        for input in &mut signature.inputs {
            let FnArg::Typed(typed) = input else { continue };
            let name = match &*typed.pat {
                Pat::Ident(pattern) => pattern.ident.unraw().to_string(),
                _ => "_".to_owned(),
            };
            let renamed = argument_name(arguments.len());
            *typed.pat = syn::parse_quote!(#renamed);
            typed.attrs.clear();
            arguments.push(Argument { name, ty: (*typed.ty).clone() });
        }
        let returned: Type = match &signature.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => ungrouped(ty).clone(),
        };
        let (kind, output) = if signature.asyncness.is_some() {
            (ReturnKind::Async, returned)
        } else {
            match BoxedFuture::parse(&returned) {
                Some(future) => {
                    let output = future.output.clone();
                    (ReturnKind::BoxedFuture(Box::new(future)), output)
                }
                None => (ReturnKind::Sync, returned),
            }
        };
        let error = error_type(&output).unwrap_or(&output);
        let (error_text, error_borrows) = (source_text(error), borrows(error.to_token_stream()));
        let requires_sized = requires_sized(&signature);
        Method { function, signature, arguments, kind, output, error_text, error_borrows, requires_sized }
    }

    pub(crate) fn is_async(&self) -> bool {
        !matches!(self.kind, ReturnKind::Sync)
    }

    /// Returns whether an implementation must provide the method for the trait object.
    ///
    /// A method with `Self: Sized` and a body is not part of the trait object.
    pub(super) fn is_dispatched(&self) -> bool {
        !self.requires_sized || self.function.default.is_none()
    }
}

fn requires_sized(signature: &Signature) -> bool {
    let is_sized = |predicate: &WherePredicate| source_text(predicate).replace(' ', "") == "Self:Sized";
    signature.generics.where_clause.as_ref().is_some_and(|clause| clause.predicates.iter().any(is_sized))
}

/// Returns `E` of a `Result<T, E>`.
fn error_type(ty: &Type) -> Option<&Type> {
    match generic_arguments(ty)? {
        (name, arguments) if name == "Result" => match arguments[..] {
            [_, GenericArgument::Type(error)] => Some(error),
            _ => None,
        },
        _ => None,
    }
}
