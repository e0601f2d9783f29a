//! The argument of `#[choose(..)]`: what selects, and the alternatives.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Pat, Result, Token, Type};

use super::arguments::{DecoratorArguments, NamedParameter};
use super::provide::first_field;

/// `config.backend, Backend::Sql => SqlStore, Backend::Memory => MemoryStore`
pub(crate) struct Choose {
    /// The field that selects.
    pub(crate) selector: Ident,
    /// The selector, or a field inside it.
    pub(crate) path: Box<Expr>,
    pub(crate) alternatives: Vec<Alternative>,
}

/// A component that is built if the pattern matches.
pub(crate) struct Alternative {
    pub(crate) pattern: Pat,
    pub(crate) component: Type,
    pub(crate) named: Vec<NamedParameter>,
}

impl Parse for Choose {
    fn parse(input: ParseStream<'_>) -> Result<Choose> {
        let path: Expr = input.parse()?;
        let selector = first_field(&path).map_err(|error| {
            Error::new(
                error.span(),
                "write the field that selects, such as `backend`, or a field of it, such as `config.backend`",
            )
        })?;
        let mut alternatives = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if !input.is_empty() {
                alternatives.push(input.parse()?);
            }
        }
        if alternatives.is_empty() {
            let message =
                "a choice needs alternatives: write `Backend::Sql => SqlStore` for each value of the selector";
            return Err(Error::new_spanned(path, message));
        }
        Ok(Choose { selector, path: Box::new(path), alternatives })
    }
}

impl Parse for Alternative {
    fn parse(input: ParseStream<'_>) -> Result<Alternative> {
        let pattern = Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<Token![=>]>()?;
        let DecoratorArguments { decorator, named } = input.parse()?;
        Ok(Alternative { pattern, component: decorator, named })
    }
}
