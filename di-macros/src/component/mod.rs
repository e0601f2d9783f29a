//! The macros that define how a value is made: `#[component]`, `#[derive(Component)]` and `#[provider]`.

mod attr;
mod expand;
mod model;
mod pipeline;
mod rules;

pub(crate) use pipeline::{component_attribute, component_derive, provider_attribute};
