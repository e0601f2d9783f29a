//! Building a container, or a slice of one.

mod abandoned;
mod build;
mod dataflow;
mod deferred;
mod driver;
mod error;
pub(crate) mod generated;
mod get;
mod hook_timing;
mod in_progress;
mod limited;
mod module;
mod recorder;
mod report;
mod slice;
mod trace;
mod waterfall;

#[cfg(feature = "tokio")]
pub(crate) use abandoned::Abandoned;
pub use build::Build;
#[cfg(feature = "tokio")]
pub(crate) use build::BuiltContainer;
pub use error::{BuildError, BuildErrorKind, Unsupplied};
pub use get::Get;
pub use hook_timing::HookTiming;
#[cfg(feature = "tokio")]
pub(crate) use in_progress::{BuildContext, Construction, InProgress};
pub use report::{BuildReport, Timing};
