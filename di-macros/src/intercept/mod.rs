//! `#[intercept]`: implements a trait for `Intercepted`, which passes each call to an interceptor.

mod attr;
mod expand;
mod model;
mod pipeline;
mod rules;

pub(crate) use pipeline::intercept_attribute;
