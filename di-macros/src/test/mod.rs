//! `#[testkit::test]`: turns an async function into a test that runs under many schedules.

mod attr;
mod expand;
mod model;
mod pipeline;
mod rules;

pub(crate) use pipeline::test_attribute;
