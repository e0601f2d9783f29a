use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

/// Collects the errors of one expansion, to report them together.
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

    /// Returns the value, or keeps the error and returns `None`.
    pub(crate) fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Returns all collected errors as one, if there are any.
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
