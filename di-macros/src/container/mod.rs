//! `#[derive(Container)]`: generates the wiring, the builder and the graph of a struct.

mod arguments;
mod attr;
mod choose;
mod expand;
mod member;
mod model;
mod pipeline;
mod provide;
mod rules;

pub(crate) use pipeline::container_derive;
