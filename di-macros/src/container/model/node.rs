//! Nodes of the graph: one for each field, and one more for each of its alternatives and decorators.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{Field, Source};
use crate::container::arguments::NamedParameter;
use crate::container::choose::Alternative;

/// A node of the graph: a field, one of its alternatives, or a stage of a decorated field.
pub(crate) struct Node<'a> {
    pub(crate) field: &'a Field,
    /// The position among the nodes of the field: first the alternatives of a choice, then the source of the field, and
    /// then the decorators. The last one holds the finished value.
    pub(crate) stage: usize,
    pub(crate) index: usize,
}

impl<'a> Node<'a> {
    /// The index of the decorator that this stage applies, if it does.
    fn decorator_index(&self) -> Option<usize> {
        self.stage.checked_sub(1 + self.field.alternatives().len())
    }

    /// The decorator that this stage applies, if it does.
    pub(crate) fn decorator(&self) -> Option<&'a Type> {
        self.decorator_index().map(|decorator| &self.field.decorators()[decorator])
    }

    /// The alternative that this node is, if it is one.
    pub(crate) fn alternative(&self) -> Option<&'a Alternative> {
        self.field.alternatives().get(self.stage)
    }

    /// The component that this node constructs, apart from decorators and deferred components.
    pub(crate) fn component(&self) -> Option<&'a Type> {
        match (&self.field.source, self.alternative()) {
            (_, Some(alternative)) => Some(&alternative.component),
            (Source::Component(component), None) if self.decorator().is_none() => Some(component),
            _ => None,
        }
    }

    /// The named parameters of the constructor.
    pub(crate) fn named(&self) -> &'a [NamedParameter] {
        match (self.alternative(), self.decorator_index(), &self.field.decorate) {
            (Some(alternative), _, _) => &alternative.named,
            (None, None, _) => &self.field.arguments.named,
            (None, Some(decorator), Some(decorate)) => &decorate.named[decorator],
            (None, Some(_), None) => &[],
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

    /// Returns whether another node of the field follows this one.
    pub(crate) fn is_inner(&self) -> bool {
        self.stage < self.field.last_stage()
    }

    /// The span for errors about how the node is made.
    pub(crate) fn span(&self) -> Span {
        match self.decorator().or(self.component()) {
            Some(made_by) => made_by.span(),
            None => self.field.source_span(),
        }
    }
}
