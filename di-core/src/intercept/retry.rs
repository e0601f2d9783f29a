use std::sync::Arc;
use std::time::Duration;

use super::with_clock::component_of_policy_and_clock;
use super::{Call, Capability, Failure, Interceptor, Next};
use crate::ambient::Clock;

/// Calls again what has failed: an interceptor. `P` says how often, and after which pause.
///
/// It retries the async methods that return a `Result` and whose arguments are all `Clone`; others it lets pass. A call
/// that others would have to wait for without an `await` is never retried, since the pause would block its thread.
///
/// A call that has failed may have had its effect all the same, if what got lost is the answer: retry only what may be
/// done twice. [`RetryPolicy::is_worth`] is asked each time, and knows method, arguments and error.
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
/// /// A component: what it needs is injected.
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
/// It goes into `#[decorate(Intercepted<dyn Store, Retry<Patient>>)]`, or, where the plain [`Backoff`](super::Backoff)
/// will do, `#[decorate(Intercepted<dyn Store, Retry<Backoff>>)]`. The container has an `Arc<dyn Clock>`.
pub struct Retry<P> {
    policy: P,
    clock: Arc<dyn Clock>,
}

/// How often, and when, a [`Retry`] calls again.
pub trait RetryPolicy: Send + Sync + 'static {
    /// How often a call is made at most, the first time included. 0 is taken for 1.
    fn attempts(&self) -> u32;

    /// How long to wait after the attempt that has failed, counted from 1.
    fn pause(&self, attempt: u32) -> Duration;

    /// Whether it is worth to make the call again.
    fn is_worth(&self, call: &Call<'_>, failure: &Failure<'_>) -> bool {
        _ = (call, failure);
        true
    }
}

impl<P: RetryPolicy> Retry<P> {
    /// Retries as `policy` says, and waits by `clock`.
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
