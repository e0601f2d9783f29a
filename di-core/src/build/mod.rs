//! Building a container, or a slice of one.

mod engine;
mod error;
mod future;
mod later;
mod reach;
mod report;
mod start;
mod trace;

pub use engine::{Place, Start, Started};
pub use error::{BuildError, BuildErrorKind, Unsupplied};
pub use future::{Build, Get, Slice, Whole, build_sync};
pub use later::{Keep, NotKept, check_sync_factory, factory, lazy, sync_factory};
pub use report::{BuildReport, Timing};
pub use start::{BuiltInside, construction, input, into_result, pending, provision};
