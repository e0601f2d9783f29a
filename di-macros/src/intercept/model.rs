use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::{
    Attribute, FnArg, GenericArgument, ItemTrait, Lifetime, Pat, PathArguments, Result, ReturnType, Signature,
    TraitItem, Type, TypeParamBound,
};

use super::rules;
use crate::text::source_text;
use crate::types::ungrouped;

/// A trait whose calls are to be intercepted.
pub(super) struct Interface<'a> {
    pub(super) item: &'a ItemTrait,
    /// `#[async_trait]`, where it has not been expanded yet.
    pub(super) async_trait: Option<&'a Attribute>,
    pub(super) methods: Vec<Method>,
}

/// A method of it.
pub(super) struct Method {
    /// The signature, with its parameters named by [`argument`].
    pub(super) signature: Signature,
    pub(super) arguments: Vec<Argument>,
    pub(super) kind: Kind,
    /// What it returns, once it is awaited.
    pub(super) output: Type,
    /// Its error, as it is written.
    pub(super) error_text: String,
    /// Whether its error borrows, as far as its tokens tell.
    pub(super) error_borrows: bool,
}

/// A parameter beside `self`.
pub(super) struct Argument {
    /// As it is shown.
    pub(super) text: String,
    pub(super) ty: Type,
}

/// How a method returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sync,
    /// `async fn`.
    Async,
    /// A boxed future, which borrows from `self` or from nobody.
    Future {
        is_static: bool,
    },
}

/// Name of the parameter at `index` in generated code.
pub(super) fn argument(index: usize) -> Ident {
    format_ident!("__argument_{index}")
}

impl<'a> Interface<'a> {
    /// Reads the trait.
    ///
    /// # Errors
    /// All that keeps it from being intercepted.
    pub(super) fn new(item: &'a ItemTrait) -> Result<Interface<'a>> {
        let is_async_trait = |attribute: &&Attribute| {
            attribute.path().segments.last().is_some_and(|segment| segment.ident == "async_trait")
        };
        let async_trait = item.attrs.iter().find(is_async_trait);
        let mut methods = Vec::new();
        let mut errors = rules::interface(item).err();
        for item_of_trait in &item.items {
            match Method::new(item, item_of_trait, async_trait) {
                Ok(method) => methods.extend(method),
                Err(error) => match &mut errors {
                    Some(errors) => errors.combine(error),
                    none => *none = Some(error),
                },
            }
        }
        match errors {
            Some(errors) => Err(errors),
            None => Ok(Interface { item, async_trait, methods }),
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> String {
        self.item.ident.unraw().to_string()
    }
}

impl Method {
    /// Reads an item of the trait; none of one that is no part of the trait object.
    fn new(item: &ItemTrait, item_of_trait: &TraitItem, async_trait: Option<&Attribute>) -> Result<Option<Method>> {
        let function = match item_of_trait {
            TraitItem::Fn(function) => function,
            other => return Err(rules::not_a_method(other)),
        };
        if !rules::is_dispatched(item, function)? {
            return Ok(None);
        }
        rules::method(item, function)?;
        let mut signature = function.sig.clone();
        let mut arguments = Vec::new();
        for input in &mut signature.inputs {
            let FnArg::Typed(typed) = input else { continue };
            let text = match &*typed.pat {
                Pat::Ident(pattern) => pattern.ident.unraw().to_string(),
                _ => "_".to_owned(),
            };
            let name = argument(arguments.len());
            *typed.pat = syn::parse_quote!(#name);
            typed.attrs.clear();
            arguments.push(Argument { text, ty: (*typed.ty).clone() });
        }
        let returned: Type = match &signature.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => ungrouped(ty).clone(),
        };
        let (kind, output) = if signature.asyncness.is_some() {
            rules::async_trait(&signature, async_trait)?;
            (Kind::Async, returned)
        } else {
            match boxed_future(&returned) {
                Some(future) => {
                    rules::sendable(&signature, &returned, &future)?;
                    let is_static = future.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident == "static");
                    rules::borrows_as_its_future(&arguments, is_static)?;
                    (Kind::Future { is_static }, future.output)
                }
                None => (Kind::Sync, returned),
            }
        };
        let error = error_of(&output).unwrap_or(&output);
        let (error_text, error_borrows) = (source_text(error), borrows(error.to_token_stream()));
        Ok(Some(Method { signature, arguments, kind, output, error_text, error_borrows }))
    }

    pub(super) fn is_async(&self) -> bool {
        self.kind != Kind::Sync
    }
}

/// A boxed future, as it is written.
pub(super) struct BoxedFuture {
    pub(super) output: Type,
    /// How long what it borrows lives; it borrows nothing without.
    pub(super) lifetime: Option<Lifetime>,
    pub(super) is_send: bool,
}

/// The future of a `BoxFuture<T>`, a `BoxFuture<'_, T>`, or a `Pin<Box<dyn Future<Output = T> + ..>>`.
fn boxed_future(ty: &Type) -> Option<BoxedFuture> {
    let (name, arguments) = last_segment(ty)?;
    match name.to_string().as_str() {
        "BoxFuture" | "LocalBoxFuture" => {
            let mut lifetime = None;
            let mut output = None;
            for argument in arguments {
                match argument {
                    GenericArgument::Lifetime(found) => lifetime = Some(found.clone()),
                    GenericArgument::Type(ty) => output = Some(ty.clone()),
                    _ => return None,
                }
            }
            Some(BoxedFuture { output: output?, lifetime, is_send: name == "BoxFuture" })
        }
        "Pin" => {
            let [GenericArgument::Type(content)] = arguments[..] else { return None };
            let (name, arguments) = last_segment(content)?;
            let [GenericArgument::Type(Type::TraitObject(object))] = arguments[..] else { return None };
            if name != "Box" {
                return None;
            }
            let (mut lifetime, mut output, mut is_send) = (None, None, false);
            for bound in &object.bounds {
                match bound {
                    TypeParamBound::Lifetime(found) => lifetime = Some(found.clone()),
                    TypeParamBound::Trait(bound) => {
                        let segment = bound.path.segments.last()?;
                        is_send |= segment.ident == "Send";
                        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { continue };
                        output = arguments.args.iter().find_map(|argument| match argument {
                            GenericArgument::AssocType(found) if found.ident == "Output" => Some(found.ty.clone()),
                            _ => None,
                        });
                    }
                    _ => {}
                }
            }
            Some(BoxedFuture { output: output?, lifetime, is_send })
        }
        _ => None,
    }
}

/// The outermost name of a type, and its arguments.
fn last_segment(ty: &Type) -> Option<(&Ident, Vec<&GenericArgument>)> {
    let Type::Path(path) = ungrouped(ty) else { return None };
    let segment = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    Some((&segment.ident, arguments.args.iter().collect()))
}

/// `E` of a `Result<T, E>`.
fn error_of(ty: &Type) -> Option<&Type> {
    match last_segment(ty)? {
        (name, arguments) if name == "Result" => match arguments[..] {
            [_, GenericArgument::Type(error)] => Some(error),
            _ => None,
        },
        _ => None,
    }
}

/// Whether there is a reference, or a lifetime that is not `'static`, in the tokens.
pub(super) fn borrows(tokens: TokenStream) -> bool {
    let mut is_lifetime = false;
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => {
            is_lifetime = punct.as_char() == '\'';
            punct.as_char() == '&'
        }
        TokenTree::Ident(ident) => std::mem::take(&mut is_lifetime) && ident != "static",
        TokenTree::Group(group) => borrows(group.stream()),
        TokenTree::Literal(_) => false,
    })
}
