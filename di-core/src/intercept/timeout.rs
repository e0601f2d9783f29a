use std::sync::Arc;
use std::time::Duration;

use di_macros::Component;

use super::with_clock::component_of_policy_and_clock;
use super::{Call, Capability, Interceptor, Next, TimedOut};

use crate::ambient::Clock;

/// Ends a call that takes too long: an interceptor. `P` says how long that is.
///
/// It ends the async methods whose error is [`From<TimedOut>`](TimedOut); others it lets pass. The call inside is
/// dropped where it waits, and has no further effect of its own.
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
/// It goes into `#[decorate(Intercepted<dyn Store, Timeout<Impatient>>)]`, or, where one time will do for all methods,
/// `#[decorate(Intercepted<dyn Store, Timeout<Milliseconds<5_000>>>)]`. The container has an `Arc<dyn Clock>`. Inside a
/// `Retry` it limits each attempt, outside it all of them together.
///
/// A trait none of whose methods it could end is a compile error. Where it is to be able to end all of them, a test
/// says so:
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

/// How long a [`Timeout`] lets a call take.
pub trait TimeoutPolicy: Send + Sync + 'static {
    /// The time for this call; none if it may take as long as it likes.
    fn time(&self, call: &Call<'_>) -> Option<Duration>;
}

/// A [`TimeoutPolicy`] of one time for all calls: `Timeout<Milliseconds<5_000>>`.
#[derive(Clone, Copy, Debug, Component)]
pub struct Milliseconds<const TIME: u64>;

impl<const TIME: u64> TimeoutPolicy for Milliseconds<TIME> {
    fn time(&self, _call: &Call<'_>) -> Option<Duration> {
        Some(Duration::from_millis(TIME))
    }
}

impl<P: TimeoutPolicy> Timeout<P> {
    /// Ends calls as `policy` says, by `clock`.
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
