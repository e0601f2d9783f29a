//! Starting, running and stopping a container, and health checks.
//!
//! [`Host`] runs the `#[start]`, `#[run]` and `#[stop]` hooks of a container's components in the order of the graph.

#[cfg(feature = "tokio")]
mod component_tree;
#[cfg(feature = "tokio")]
mod end_requests;
#[cfg(feature = "tokio")]
mod ending;
#[cfg(feature = "tokio")]
mod error;
#[cfg(feature = "tokio")]
mod failures;
#[cfg(feature = "tokio")]
mod health;
#[cfg(feature = "tokio")]
mod hook_task;
#[cfg(feature = "tokio")]
#[allow(clippy::module_inception)]
mod host;
#[cfg(feature = "tokio")]
mod host_core;
#[cfg(feature = "tokio")]
mod scope;
#[cfg(feature = "tokio")]
mod scope_error;
#[cfg(feature = "tokio")]
mod signal;
#[cfg(feature = "tokio")]
mod start;
#[cfg(feature = "tokio")]
mod started_component;
#[cfg(feature = "tokio")]
mod stop_budget;
#[cfg(feature = "tokio")]
mod timings;
#[cfg(feature = "tokio")]
mod trace;
#[cfg(feature = "tokio")]
mod walk;

#[doc(inline)]
pub use crate::hooks::{Hook, HostOptions, Lifecycle, Readiness, Shutdown};
#[cfg(feature = "tokio")]
pub use error::{HookFailure, HookFailureCause, HostError, Unfinished};
#[cfg(feature = "tokio")]
pub use health::{HealthCheck, HealthChecks, HealthReport, HealthResult};
#[cfg(feature = "tokio")]
pub use host::Host;
#[cfg(feature = "tokio")]
pub use scope::Scope;
#[cfg(feature = "tokio")]
pub use scope_error::ScopeError;
#[cfg(feature = "tokio")]
pub use signal::termination_signal;
#[cfg(feature = "tokio")]
pub use start::Start;
