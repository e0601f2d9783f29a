use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use crate::container::model::{Node, Source};

/// Returns the implementation that constructs the node, such as `<SqlStore as Component<App>>`.
///
/// Inputs, and nodes made only from other fields, have none.
pub(super) fn constructor(app: &Ident, node: &Node<'_>) -> Option<TokenStream> {
    let (ty, span) = (&node.field.ty, node.span());
    if let Some(decorator) = node.decorator() {
        return Some(quote_spanned!(span=> <#decorator as ::di_core::codegen::Decorator<#app, #ty>>));
    }
    match &node.field.source {
        Source::Component(component) | Source::Lazy { component, .. } => {
            Some(quote_spanned!(span=> <#component as ::di_core::Component<#app>>))
        }
        Source::Provide(path) => Some(quote_spanned!(span=> <#path as ::di_core::codegen::Provider<#app>>)),
        Source::Module => Some(quote_spanned!(span=> <#ty as ::di_core::codegen::Module<#app>>)),
        Source::Factory { component, arguments, .. } => {
            Some(quote_spanned!(span=> <#component as ::di_core::codegen::Assisted<#app, #arguments>>))
        }
        _ => None,
    }
}
