//! Nodes of the graph: one for each field, and one more for each of its decorators.

use proc_macro2::Span;
use syn::Type;
use syn::spanned::Spanned;

use super::{Field, Source};

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
