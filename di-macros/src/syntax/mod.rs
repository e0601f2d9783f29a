//! Helpers for tokens, types and attributes, shared by all macros.

pub(crate) mod attributes;
pub(crate) mod duration;
pub(crate) mod errors;
pub(crate) mod hygiene;
pub(crate) mod source_text;
pub(crate) mod suggestion;
pub(crate) mod types;
