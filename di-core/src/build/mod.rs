//! Building a container, or a slice of one.

mod engine;
mod error;
mod future;
mod reach;
mod start;

pub use engine::{Place, Start, Started};
pub use error::{BuildError, BuildErrorKind, Unsupplied};
pub use future::{Build, Get, Slice, Whole, build_sync};
pub use start::{component, input, into_result, pending, provide};
