//! Collection of several errors, reported together as `compile_error!`s.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

/// The errors of one expansion.
#[derive(Default)]
pub(crate) struct Errors {
    combined: Option<Error>,
}

impl Errors {
    /// Adds an error.
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.combined {
            Some(combined) => combined.combine(error),
            none => *none = Some(error),
        }
    }

    /// Returns the value. If there is an error instead, adds it and returns `None`.
    pub(crate) fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Returns all errors as one, if there are any.
    pub(crate) fn into_result(self) -> Result<()> {
        self.combined.map_or(Ok(()), Err)
    }

    /// Returns the tokens, followed by a `compile_error!` for each error.
    pub(crate) fn append_to(self, tokens: TokenStream) -> TokenStream {
        match self.combined {
            Some(errors) => with_error(tokens, errors),
            None => tokens,
        }
    }
}

/// Returns the tokens, followed by the error as a `compile_error!`.
pub(crate) fn with_error(tokens: TokenStream, error: Error) -> TokenStream {
    let error = error.into_compile_error();
    quote!(#tokens #error)
}
