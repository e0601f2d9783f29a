//! Reports of failures, for people.

mod frames;
mod text;

pub(crate) use frames::location;
pub(crate) use text::text;
