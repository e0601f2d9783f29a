//! The generated implementations of `Component`, `Decorator`, `Assisted`, `Provider` and `Lifecycle`.

mod build_methods;
mod component;
mod construction;
mod lifecycle;
mod provider;

pub(crate) use component::{component, stub};
pub(crate) use provider::{provider, provider_stub};
