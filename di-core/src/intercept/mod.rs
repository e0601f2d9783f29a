//! Interceptors: retries, timeouts, metrics and other code around the calls of a component.
//!
//! ```
//! # use std::sync::Arc;
//! # use async_trait::async_trait;
//! # use di_core::ambient::{Ambient, Clock, Entropy};
//! # use di_core::intercept::{Backoff, CallMetrics, Metered, Milliseconds, Retry, Timeout};
//! # use di_core::{Component, Container, Intercepted};
//! # #[derive(Component)]
//! # pub struct Smtp;
//! # #[async_trait]
//! # impl Mailer for Smtp {
//! #     async fn send(&self, _to: &str, _text: String) -> Result<(), std::io::Error> { Ok(()) }
//! #     fn backlog(&self) -> usize { 0 }
//! # }
//! #[di_core::intercept]
//! #[async_trait]
//! pub trait Mailer: Send + Sync {
//!     async fn send(&self, to: &str, text: String) -> Result<(), std::io::Error>;
//!     fn backlog(&self) -> usize;
//! }
//!
//! #[derive(Container)]
//! pub struct App {
//!     # #[module]
//!     # ambient: Ambient,
//!     # #[import(ambient)]
//!     # clock: Arc<dyn Clock>,
//!     # #[import(ambient)]
//!     # entropy: Arc<dyn Entropy>,
//!     # #[component]
//!     # metrics: Arc<CallMetrics>,
//!     #[component(Smtp)]
//!     #[decorate(
//!         Intercepted<dyn Mailer, Timeout<Milliseconds<5_000>>>,  // limits each attempt; innermost first
//!         Intercepted<dyn Mailer, Retry<Backoff>>,
//!         Intercepted<dyn Mailer, Metered>,                       // counts all attempts as one call
//!     )]
//!     mailer: Arc<dyn Mailer>,
//!     // ..
//! }
//! # App::builder().build_sync()?;
//! # Ok::<(), di_core::BuildError>(())
//! ```
//!
//! [`#[intercept]`](macro@crate::intercept) on the trait makes its calls interceptable, and [`Intercepted`] is the
//! decorator. An interceptor is a component: its dependencies are injected, and it is a node of the graph. Like any
//! other component, it cannot be part of a cycle.
//!
//! # Interceptors
//!
//! - [`Retry`] repeats a call that failed. A [`RetryPolicy`] such as [`Backoff`] decides how often and when.
//! - [`Timeout`] ends a call that takes too long. A [`TimeoutPolicy`] such as [`Milliseconds`] sets the time.
//! - [`Metered`] counts and times calls for [`CallMetrics`].
//! - `Traced` creates a span for each call, with the feature `tracing`.
//! - To write another one, implement [`Interceptor`].
//!
//! # Capabilities of a call
//!
//! An interceptor is written once for all traits, and does not know their types. At run time, these values provide
//! access to a call:
//!
//! - [`Next::attempt`] repeats the call if all arguments are `Clone`.
//! - [`Outputs`] returns the error of a `Result`. It also creates an output from a [`TimedOut`] or from a boxed error.
//! - [`Call`] shows the arguments that are `Debug`.
//!
//! [`Interceptable::METHODS`] describes the same capabilities as static data. An interceptor without effect on any
//! method is therefore a compile error. An example is a [`Timeout`] around a trait with errors that are not
//! `From<TimedOut>`.

mod backoff;
mod call;
mod call_metrics;
mod capability;
mod ending;
mod forward;
mod interceptable;
mod intercepted;
mod interceptor;
mod metered;
mod method;
mod next;
mod outputs;
mod probe;
mod retry;
mod timed_out;
mod timeout;
#[cfg(feature = "tracing")]
mod traced;
mod watch;
mod with_clock;

pub use backoff::Backoff;
pub use call::Call;
pub use call_metrics::{CallMetrics, MethodMetrics};
pub use capability::Capability;
pub use ending::{Ending, Failure};
pub use interceptable::Interceptable;
pub use intercepted::Intercepted;
pub use interceptor::Interceptor;
pub use metered::Metered;
pub use method::{ErrorType, Method};
pub use next::{Next, NextSync};
pub use outputs::Outputs;
pub use retry::{Retry, RetryPolicy};
pub use timed_out::TimedOut;
pub use timeout::{Milliseconds, Timeout, TimeoutPolicy};
#[cfg(feature = "tracing")]
pub use traced::Traced;

/// Items for generated code.
pub(crate) mod private {
    pub use super::forward::{Abilities, forward, forward_sync, show};
    pub use super::intercepted::parts;
    pub use super::probe::{Fallback, Probe, borrowing_outputs, outputs};
}
