//! Containers as the user wrote them.

mod container;
mod field;
mod names;
mod node;
mod source;

pub(crate) use container::Container;
pub(crate) use field::Field;
pub(crate) use names::{builder_name, setter_name, slice_name, wrapper_name};
pub(crate) use node::Node;
pub(crate) use source::{Mistake, RequiredType, Source};
