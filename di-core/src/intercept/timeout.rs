//! The interceptor that limits the duration of calls, and the trait of its policy.

use std::sync::Arc;
use std::time::Duration;

use di_macros::Component;

use super::with_clock::component_of_policy_and_clock;
use super::{Call, Capability, Interceptor, Next, TimedOut};

use crate::ambient::Clock;

/// Interceptor that ends calls that take too long. The policy `P` decides how long a call may take.
///
/// Ends async methods with a [`From<TimedOut>`](TimedOut) error. Other calls pass through. The inner call is dropped at
/// its current await, and has no further effect.
///
/// ```
/// use std::time::Duration;
/// use di_core::Component;
/// use di_core::intercept::{Call, TimeoutPolicy};
///
/// #[derive(Component)]
/// pub struct Impatient;
///
/// impl TimeoutPolicy for Impatient {
///     fn time(&self, call: &Call<'_>) -> Option<Duration> {
///         match call.method().name() {
///             "upload" => None,
///             _ => Some(Duration::from_secs(5)),
///         }
///     }
/// }
/// ```
///
/// Use it as `#[decorate(Intercepted<dyn Store, Timeout<Impatient>>)]`, or, with one timeout for all methods, as
/// `#[decorate(Intercepted<dyn Store, Timeout<Milliseconds<5_000>>>)]`. The container needs an `Arc<dyn Clock>`. Inside
/// a `Retry` it limits each attempt; outside, it limits all of them together.
///
/// A timeout that cannot end any method of the trait does not compile. To require that it can end all methods, write a
/// test:
///
/// ```
/// # use di_core::intercept::Interceptable;
/// # #[di_core::intercept]
/// # #[async_trait::async_trait]
/// # pub trait Store: Send + Sync { async fn get(&self, key: &str) -> Result<String, std::io::Error>; }
/// assert!(<dyn Store>::METHODS.iter().all(|method| method.can_time_out()));
/// ```
pub struct Timeout<P> {
    policy: P,
    clock: Arc<dyn Clock>,
}

/// Policy of a [`Timeout`]: how long a call may take.
pub trait TimeoutPolicy: Send + Sync + 'static {
    /// Returns the timeout of this call; `None` for no timeout.
    fn time(&self, call: &Call<'_>) -> Option<Duration>;
}

/// A [`TimeoutPolicy`] with one timeout for all calls: `Timeout<Milliseconds<5_000>>`.
#[derive(Clone, Copy, Debug, Component)]
pub struct Milliseconds<const TIME: u64>;

impl<const TIME: u64> TimeoutPolicy for Milliseconds<TIME> {
    fn time(&self, _call: &Call<'_>) -> Option<Duration> {
        Some(Duration::from_millis(TIME))
    }
}

impl<P: TimeoutPolicy> Timeout<P> {
    /// Creates an interceptor that ends calls according to `policy`, measured with `clock`.
    pub fn new(policy: P, clock: Arc<dyn Clock>) -> Self {
        Timeout { policy, clock }
    }
}

component_of_policy_and_clock!(Timeout: TimeoutPolicy);

impl<P: TimeoutPolicy> Interceptor for Timeout<P> {
    const REQUIRES: Option<Capability> = Some(Capability::TimeOut);

    async fn around<N: Next>(&self, next: N) -> N::Output {
        let Some(time_out) = next.outputs().time_out() else { return next.run().await };
        let Some(time) = self.policy.time(&next.call()) else { return next.run().await };
        let method = next.method();
        match self.clock.timeout(time, next.run()).await {
            Ok(output) => output,
            Err(_) => time_out(TimedOut::new(method, time)),
        }
    }
}
