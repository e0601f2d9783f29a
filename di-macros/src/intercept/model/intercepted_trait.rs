//! The items of a trait, split into methods and others.

use syn::ext::IdentExt;
use syn::{Attribute, ItemTrait, TraitItem};

use super::Method;
use crate::intercept::attr;

/// A trait with `#[intercept]`.
pub(crate) struct InterceptedTrait<'a> {
    pub(crate) item: &'a ItemTrait,
    /// `#[async_trait]`, if it has not been expanded yet.
    pub(crate) async_trait: Option<&'a Attribute>,
    /// The methods that can be called on the trait object.
    pub(crate) methods: Vec<Method<'a>>,
    /// The items that are not methods.
    pub(crate) other_items: Vec<&'a TraitItem>,
}

impl<'a> InterceptedTrait<'a> {
    pub(crate) fn new(item: &'a ItemTrait) -> InterceptedTrait<'a> {
        let mut methods = Vec::new();
        let mut other_items = Vec::new();
        for trait_item in &item.items {
            match trait_item {
                TraitItem::Fn(function) => methods.push(Method::new(function)),
                other => other_items.push(other),
            }
        }
        methods.retain(|method| method.is_dispatched());
        InterceptedTrait { item, async_trait: attr::async_trait(&item.attrs), methods, other_items }
    }

    /// The name of the trait.
    pub(crate) fn name(&self) -> String {
        self.item.ident.unraw().to_string()
    }
}
