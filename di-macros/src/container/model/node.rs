//! Nodes of the graph: one for each field, and one more for each of its decorators.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{Field, Source};
use crate::container::arguments::NamedParameter;

/// A node of the graph: a field, or a stage of a decorated field.
pub(crate) struct Node<'a> {
    pub(crate) field: &'a Field,
    /// The number of decorators applied so far. The last node of a field has all of them.
    pub(crate) stage: usize,
    pub(crate) index: usize,
}

impl<'a> Node<'a> {
    /// The decorator that this stage applies; the first stage has none.
    pub(crate) fn decorator(&self) -> Option<&'a Type> {
        self.stage.checked_sub(1).map(|decorator| &self.field.decorators()[decorator])
    }

    /// The named parameters of the constructor.
    pub(crate) fn named(&self) -> &'a [NamedParameter] {
        match (self.stage.checked_sub(1), &self.field.decorate) {
            (None, _) => &self.field.arguments.named,
            (Some(decorator), Some(decorate)) => &decorate.named[decorator],
            (Some(_), None) => &[],
        }
    }

    /// The name of the hidden container in which the fields of named parameters take the place of others.
    pub(crate) fn view(&self) -> Ident {
        format_ident!("__View{}", self.index)
    }

    /// The container in which the constructor finds its dependencies: `container`, or the view of this node.
    pub(crate) fn owner(&self, container: &Ident) -> Ident {
        if self.named().is_empty() { container.clone() } else { self.view() }
    }

    /// The name of the hidden field with the value of a named parameter.
    pub(crate) fn slot(&self, named: &NamedParameter) -> Ident {
        format_ident!("__{}_of_{}", named.parameter.unraw(), self.index)
    }

    /// Returns whether the component is constructed after the build.
    pub(crate) fn is_deferred(&self) -> bool {
        self.decorator().is_none() && matches!(self.field.source, Source::Lazy { .. } | Source::Factory { .. })
    }

    /// Returns whether another decorator wraps this stage.
    pub(crate) fn is_inner(&self) -> bool {
        self.stage < self.field.decorators().len()
    }

    /// The span for errors about how the node is made.
    pub(crate) fn span(&self) -> Span {
        match self.decorator() {
            Some(decorator) => decorator.span(),
            None => self.field.source_span(),
        }
    }
}
