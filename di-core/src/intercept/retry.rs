//! The interceptor that repeats failed calls, and the trait of its policy.

use std::sync::Arc;
use std::time::Duration;

use super::with_clock::component_of_policy_and_clock;
use super::{Call, Capability, Failure, Interceptor, Next};
use crate::ambient::Clock;

/// Interceptor that repeats failed calls. The policy `P` decides how often, and after which pause.
///
/// Retries async methods that return a `Result` and take only `Clone` arguments. Other calls pass through. Sync methods
/// are never retried, because the pause would block the thread.
///
/// A failed call may still have had its effect, if only the response was lost. Retry only idempotent calls:
/// [`RetryPolicy::is_worth`] decides each time, from the method, the arguments and the error.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use di_core::ambient::Entropy;
/// use di_core::component;
/// use di_core::intercept::{Backoff, Call, Failure, RetryPolicy};
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("the server is busy")]
/// # pub struct Busy;
///
/// /// A component, so its dependencies are injected.
/// pub struct Patient { backoff: Backoff }
///
/// #[component]
/// impl Patient {
///     pub fn new(entropy: Arc<dyn Entropy>) -> Self {
///         Patient { backoff: Backoff::new(entropy).with_attempts(10) }
///     }
/// }
///
/// impl RetryPolicy for Patient {
///     fn attempts(&self) -> u32 {
///         self.backoff.attempts()
///     }
///
///     fn pause(&self, attempt: u32) -> Duration {
///         self.backoff.pause(attempt)
///     }
///
///     fn is_worth(&self, call: &Call<'_>, failure: &Failure<'_>) -> bool {
///         call.method().name() == "get" && failure.error().is_some_and(|error| error.is::<Busy>())
///     }
/// }
/// ```
///
/// Use it as `#[decorate(Intercepted<dyn Store, Retry<Patient>>)]`, or, with the plain [`Backoff`](super::Backoff), as
/// `#[decorate(Intercepted<dyn Store, Retry<Backoff>>)]`. The container needs an `Arc<dyn Clock>`.
pub struct Retry<P> {
    policy: P,
    clock: Arc<dyn Clock>,
}

/// Policy of a [`Retry`]: how often and when it retries.
pub trait RetryPolicy: Send + Sync + 'static {
    /// Returns the maximum number of attempts, including the first. 0 counts as 1.
    fn attempts(&self) -> u32;

    /// Returns the pause after the failed attempt number `attempt`, counted from 1.
    fn pause(&self, attempt: u32) -> Duration;

    /// Returns whether the call is worth another attempt.
    fn is_worth(&self, call: &Call<'_>, failure: &Failure<'_>) -> bool {
        _ = (call, failure);
        true
    }
}

impl<P: RetryPolicy> Retry<P> {
    /// Creates an interceptor that retries according to `policy`, and waits with `clock`.
    pub fn new(policy: P, clock: Arc<dyn Clock>) -> Self {
        Retry { policy, clock }
    }
}

component_of_policy_and_clock!(Retry: RetryPolicy);

impl<P: RetryPolicy> Interceptor for Retry<P> {
    const REQUIRES: Option<Capability> = Some(Capability::Retry);

    async fn around<N: Next>(&self, mut next: N) -> N::Output {
        let outputs = next.outputs();
        let attempts = if Capability::Retry.is_in(next.method()) { self.policy.attempts() } else { 1 };
        for attempt in 1..attempts {
            let Some(call) = next.attempt() else { break };
            let output = call.await;
            match outputs.failure(&output) {
                Some(failure) if self.policy.is_worth(&next.call(), &failure) => {}
                _ => return output,
            }
            drop(output);
            self.clock.sleep(self.policy.pause(attempt)).await;
        }
        next.run().await
    }
}
