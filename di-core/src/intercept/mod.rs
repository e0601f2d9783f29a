//! Interceptors: what stands between a component and those who call it, as decorators of one line each.
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
//!         Intercepted<dyn Mailer, Timeout<Milliseconds<5_000>>>,  // each attempt; the innermost is first
//!         Intercepted<dyn Mailer, Retry<Backoff>>,
//!         Intercepted<dyn Mailer, Metered>,                       // all attempts are one call
//!     )]
//!     mailer: Arc<dyn Mailer>,
//!     // ..
//! }
//! # App::builder().build_sync()?;
//! # Ok::<(), di_core::BuildError>(())
//! ```
//!
//! [`#[intercept]`](macro@crate::intercept) on the trait makes its calls interceptable, and [`Intercepted`] is the
//! decorator. An interceptor is a component, so that what it needs is injected into it; it is a node of the graph, and
//! may be in a cycle as little as any other.
//!
//! # What there is
//!
//! - [`Retry`]: calls again what has failed, as a [`RetryPolicy`] says; [`Backoff`] is one.
//! - [`Timeout`]: ends a call that takes too long, as a [`TimeoutPolicy`] says; [`Milliseconds`] is one.
//! - [`Metered`]: counts and times calls, for [`CallMetrics`].
//! - `Traced`: a span for each call, with the feature `tracing`.
//! - [`Interceptor`]: one of your own.
//!
//! # What can be done with a call
//!
//! An interceptor is written once for all traits, and knows no type of theirs. What it can do with a call, it is told
//! by value: [`Next::attempt`] calls again where all arguments are `Clone`, [`Outputs`] has the error of a `Result`,
//! and makes an output of a [`TimedOut`] or of an error in a box, and [`Call`] shows the arguments that are `Debug`.
//! The same is static data, [`Interceptable::METHODS`], so that an interceptor that would have no effect on any method,
//! such as a [`Timeout`] around a trait whose errors are not `From<TimedOut>`, is a compile error.

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
