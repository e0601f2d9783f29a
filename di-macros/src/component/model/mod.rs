//! Components and providers as the user wrote them.

mod component_impl;
mod constructor;
mod hook;
mod parameter;

pub(crate) use component_impl::ComponentImpl;
pub(crate) use constructor::{Body, Constructor, FieldInit, FieldValue, Function, is_self};
pub(crate) use hook::Hook;
pub(crate) use parameter::{FieldKey, MAX_FACTORY_ARGUMENTS, Parameter, ParameterKind};
