//! Interceptors: one-line decorators that wrap the calls of a component.
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
//!         Intercepted<dyn Mailer, Timeout<Milliseconds<5_000>>>,  // for each attempt; the innermost comes first
//!         Intercepted<dyn Mailer, Retry<Backoff>>,
//!         Intercepted<dyn Mailer, Metered>,                       // all attempts count as one call
//!     )]
//!     mailer: Arc<dyn Mailer>,
//!     // ..
//! }
//! # App::builder().build_sync()?;
//! # Ok::<(), di_core::BuildError>(())
//! ```
//!
//! [`#[intercept]`](macro@crate::intercept) on the trait makes its calls interceptable, and [`Intercepted`] is the
//! decorator. An interceptor is a component, so its dependencies are injected. It is a node of the graph, and cycle
//! checks include it.
//!
//! # Interceptors
//!
//! - [`Retry`] repeats failed calls, according to a [`RetryPolicy`] such as [`Backoff`].
//! - [`Timeout`] ends calls that take too long, according to a [`TimeoutPolicy`] such as [`Milliseconds`].
//! - [`Metered`] counts and times calls, for [`CallMetrics`].
//! - `Traced` creates a span for each call, with the feature `tracing`.
//! - [`Interceptor`] is the trait for your own.
//!
//! # Capabilities of a call
//!
//! An interceptor is written once for all traits and knows none of their types. The call provides the operations that
//! its types allow: [`Next::attempt`] repeats the call if all arguments are `Clone`. [`Outputs`] returns the error of a
//! `Result`, and makes an output from a [`TimedOut`] or a boxed error. [`Call`] displays the arguments that are
//! `Debug`.
//!
//! The same information is static data, [`Interceptable::METHODS`]. An interceptor without effect on any method is
//! therefore a compile error. An example is a [`Timeout`] around a trait without `From<TimedOut>` errors.

mod backoff;
mod call;
mod call_metrics;
mod capability;
mod ending;
mod forward;
pub(crate) mod generated;
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
