//! Lookups in lists of attributes.

use syn::Attribute;
use syn::ext::IdentExt;

/// Returns the name of an attribute, or an empty string if it is a path of several segments.
pub(crate) fn attribute_name(attribute: &Attribute) -> String {
    attribute.path().get_ident().map(|ident| ident.unraw().to_string()).unwrap_or_default()
}

/// Removes and returns the first attribute called `name`.
pub(crate) fn take_attribute(attributes: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let position = attributes.iter().position(|attribute| attribute.path().is_ident(name))?;
    Some(attributes.remove(position))
}

/// Returns the first `#[cfg]` or `#[cfg_attr]`.
///
/// An attribute macro receives its item before the compiler evaluates `#[cfg]` inside it, so it must reject these
/// attributes.
pub(crate) fn find_cfg(attributes: &[Attribute]) -> Option<&Attribute> {
    attributes.iter().find(|attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr"))
}
