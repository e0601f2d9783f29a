//! Start, run and stop of what a container has built.

#[cfg(feature = "tokio")]
mod error;
mod hook;
#[cfg(feature = "tokio")]
mod host;
mod options;
mod shutdown;
#[cfg(feature = "tokio")]
mod tree;
#[cfg(feature = "tokio")]
mod walk;

#[cfg(feature = "tokio")]
pub use error::{HookFailure, HookFailureCause, HostError};
pub use hook::{Hook, HookOutcome, Hooks, Lifecycle, ModuleHooks, check_no_hooks, hook_result};
#[cfg(feature = "tokio")]
pub use host::{Host, start, termination_signal};
pub use options::Options;
pub use shutdown::Shutdown;
