//! The trait implementation that constructs a node.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use crate::container::model::{Node, Source};
use crate::container::provide::Provide;

/// Returns the implementation that constructs the node, such as `<SqlStore as Component<App>>`.
///
/// Returns `None` for inputs, and for nodes made only from other fields.
pub(super) fn constructor(container_name: &Ident, node: &Node<'_>) -> Option<TokenStream> {
    let span = node.span();
    let container_name = &node.owner(container_name);
    if let Some(decorator) = node.decorator() {
        let ty = node.field.untagged();
        return Some(quote_spanned!(span=> <#decorator as ::di_core::codegen::Decorator<#container_name, #ty>>));
    }
    match (node.component(), &node.field.source) {
        (Some(component), _) | (None, Source::Lazy { component, .. }) => {
            Some(quote_spanned!(span=> <#component as ::di_core::Component<#container_name>>))
        }
        (None, Source::Provide(Provide::Provider(path))) => {
            Some(quote_spanned!(span=> <#path as ::di_core::codegen::Provider<#container_name>>))
        }
        (None, Source::Module { container }) => {
            Some(quote_spanned!(span=> <#container as ::di_core::codegen::Module<#container_name>>))
        }
        (None, Source::Factory { component, arguments, .. }) => {
            Some(quote_spanned!(span=> <#component as ::di_core::codegen::Assisted<#container_name, #arguments>>))
        }
        _ => None,
    }
}
