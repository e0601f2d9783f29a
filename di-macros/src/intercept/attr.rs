//! Lookup of `#[async_trait]` next to `#[intercept]`.

use syn::Attribute;

use crate::syntax::source_text::source_text;

/// Returns the `#[async_trait]` of a trait, if it has not been expanded yet.
pub(crate) fn async_trait(attributes: &[Attribute]) -> Option<&Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.path().segments.last().is_some_and(|segment| segment.ident == "async_trait"))
}

/// Returns whether the attribute is `#[async_trait(?Send)]`.
pub(crate) fn is_not_send(async_trait: &Attribute) -> bool {
    source_text(async_trait).contains("?Send")
}
