//! Building a container, or a slice of one.

mod dataflow;
mod engine;
mod error;
mod future;
mod later;
mod reach;
mod report;
mod start;
mod trace;
mod waterfall;

pub use dataflow::{Phase, Started};
pub use engine::Start;
pub use error::{BuildError, BuildErrorKind, Unsupplied};
pub use future::{Build, Get, Slice, Whole, build_sync};
pub use later::{Keep, NotKept, check_sync_factory, factory, lazy, sync_factory};
pub use report::{BuildReport, Timing};
pub(crate) use start::is_async;
pub use start::{BuiltInside, awaited, input, into_result, pending, shared, shared_with_hooks};
