//! `#[derive(Container)]`.

mod attr;
mod expand;
mod model;
mod pipeline;
mod rules;

pub(crate) use pipeline::container_derive;
