//! A container, its nodes, and the names of the types generated for it.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{DeriveInput, FieldsNamed, Visibility};

use super::{Field, Node, Source, builder_name, slice_name};
use crate::container::attr;
use crate::syntax::errors::Errors;
use crate::syntax::source_text::{source_text, unqualified};
use crate::syntax::types::{Wrapper, unwrap_once};

/// A struct that derives `Container`.
pub(crate) struct Container {
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) fields: Vec<Field>,
    /// `#[container(deny(unused))]`
    pub(crate) denies_unused: bool,
}

impl Container {
    /// Reads the struct. Adds the errors of invalid attributes to `errors`.
    pub(crate) fn new(input: &DeriveInput, fields: &FieldsNamed, errors: &mut Errors) -> Container {
        let mut read: Vec<Field> = Vec::new();
        let mut by_type: BTreeMap<String, Ident> = BTreeMap::new();
        for field in &fields.named {
            let Some(name) = field.ident.as_ref() else { continue };
            let mut field = Field::new(name, field, errors);
            field.duplicate_of = by_type.get(&field.type_text).cloned();
            by_type.entry(field.type_text.clone()).or_insert_with(|| name.clone());
            read.push(field);
        }
        let denies_unused = errors.keep(attr::denies_unused(&input.attrs)).unwrap_or_default();
        Container { name: input.ident.clone(), visibility: input.vis.clone(), fields: read, denies_unused }
    }

    /// The visibility of what only the crate of the container may use: that of the container, but at most `pub(crate)`.
    pub(crate) fn visibility_in_crate(&self) -> Visibility {
        match &self.visibility {
            Visibility::Public(_) => syn::parse_quote!(pub(crate)),
            other => other.clone(),
        }
    }

    /// The visibility of a field's methods in the builder: that of the container for an input, which the caller supplies
    /// in any case. For other fields that of the field, but at least `pub(crate)`, and at most that of the container.
    pub(crate) fn visibility_of_methods(&self, field: &Field) -> Visibility {
        // All visibilities but `pub` are within the crate, so the container's is the smaller one.
        if field.is_public || field.is_input() { self.visibility.clone() } else { self.visibility_in_crate() }
    }

    /// Returns all nodes. The nodes of one field follow each other, innermost first.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let stages = |field| (0..=Field::last_stage(field)).map(move |stage| (field, stage));
        self.fields.iter().flat_map(stages).enumerate().map(|(index, (field, stage))| Node { field, stage, index })
    }

    /// Returns the last node of each field, which holds the finished value.
    pub(crate) fn last_nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.nodes().filter(|node| !node.is_inner())
    }

    /// Returns whether the type of an input is tagged and, without its tag, is also the type of another input.
    pub(crate) fn differs_by_tag(&self, field: &Field) -> bool {
        let is_tagged = matches!(unwrap_once(&field.ty), Some((Wrapper::Tagged, _)));
        let same = |other: &Field| unqualified(other.untagged()) == unqualified(field.untagged());
        is_tagged && self.fields.iter().any(|other| other.is_input() && other.name != field.name && same(other))
    }

    /// Returns whether a parameter `&T` borrows from the field, which has the type `T`. If another field has the type
    /// `Arc<T>`, the parameter borrows from that one.
    pub(crate) fn is_borrowed_by_value(&self, field: &Field) -> bool {
        let holds = |other: &Field| other.arc_content().is_some_and(|content| source_text(content) == field.type_text);
        field.arc_content().is_none() && !self.fields.iter().any(holds)
    }

    /// Returns whether some components are constructed after the build.
    pub(crate) fn has_deferred(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.source, Source::Lazy { .. } | Source::Factory { .. }))
    }

    /// The name of the builder, such as `AppBuilder`.
    pub(crate) fn builder(&self) -> Ident {
        builder_name(&self.name)
    }

    /// The name of the slice, such as `AppSlice`.
    pub(crate) fn slice(&self) -> Ident {
        slice_name(&self.name)
    }

    /// The name of the struct that holds the fields during the build.
    pub(crate) fn partial(&self) -> Ident {
        format_ident!("__{}Fields", self.name.unraw())
    }

    /// Returns the index of the last node of a field.
    pub(crate) fn node_index(&self, name: &Ident) -> usize {
        self.last_nodes().find(|node| node.field.name == *name).expect("the rules have checked the name").index
    }

    /// Returns the field called `name`, if there is one.
    pub(crate) fn find_field(&self, name: &Ident) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == *name)
    }

    /// Returns the field called `name`.
    pub(crate) fn field(&self, name: &Ident) -> &Field {
        self.find_field(name).expect("the rules have checked the name")
    }
}
