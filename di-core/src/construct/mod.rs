//! Building a container, or a slice of one.

mod build;
mod dataflow;
mod deferred;
mod driver;
mod error;
pub(crate) mod generated;
mod get;
mod module;
mod recorder;
mod report;
mod slice;
mod trace;
mod waterfall;

pub use build::Build;
#[cfg(feature = "tokio")]
pub(crate) use build::BuiltContainer;
pub use error::{BuildError, BuildErrorKind, Unsupplied};
pub use get::Get;
pub use report::{BuildReport, Timing};
