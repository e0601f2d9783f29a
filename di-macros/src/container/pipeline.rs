//! Entry point of `#[derive(Container)]`: parses, checks and expands a container.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use super::model::Container;
use super::{expand, rules};
use crate::syntax::errors::{Errors, with_error};

/// Expands `#[derive(Container)]`.
///
/// A rejected container still gets its builder with all setters, so that one mistake causes one error.
pub(crate) fn container_derive(input: &DeriveInput) -> TokenStream {
    let fields = match rules::named_fields(input) {
        Ok(fields) => fields,
        Err(error) => return with_error(expand::fallback(input), error),
    };
    let mut errors = Errors::default();
    let mut container = Container::new(input, fields, &mut errors);
    rules::check(&mut container, &mut errors);
    errors.append_to(expand::container(&container))
}
