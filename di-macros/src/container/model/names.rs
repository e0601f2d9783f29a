//! Names of generated types and methods.

use proc_macro2::Ident;
use quote::format_ident;
use syn::ext::IdentExt;

/// Returns the name of the builder, such as `AppBuilder`.
pub(crate) fn builder_name(container: &Ident) -> Ident {
    format_ident!("{}Builder", container.unraw(), span = container.span())
}

/// Returns the name of the slice, such as `AppSlice`.
pub(crate) fn slice_name(container: &Ident) -> Ident {
    format_ident!("{}Slice", container.unraw(), span = container.span())
}

/// Returns the name of a field's setter, such as `with_clock`.
pub(crate) fn setter_name(field: &Ident) -> Ident {
    format_ident!("with_{}", field.unraw(), span = field.span())
}

/// Returns the name of the method that wraps a field, such as `wrap_clock`.
pub(crate) fn wrapper_name(field: &Ident) -> Ident {
    format_ident!("wrap_{}", field.unraw(), span = field.span())
}
