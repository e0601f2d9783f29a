//! Reports of failures, for people.

mod frames;
mod held;
mod text;

pub(crate) use frames::{location, short, waiting};
pub(crate) use text::{details, headline, written};
