use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{Either, select};

use crate::internal::BoxFuture;

/// The time, and waiting for it.
///
/// A component takes it as an `Arc<dyn Clock>` or a `&dyn Clock`, and a container has it from
/// [`Ambient`](crate::ambient::Ambient): in production tokio's, in a test one that is moved by hand.
///
/// ```
/// use std::sync::Arc;
/// use std::time::{Duration, Instant};
/// use di_core::ambient::Clock;
/// use di_core::component;
///
/// pub struct Lease {
///     clock: Arc<dyn Clock>,
///     until: Instant,
/// }
///
/// #[component]
/// impl Lease {
///     pub fn new(clock: Arc<dyn Clock>) -> Self {
///         let until = clock.now() + Duration::from_secs(30);
///         Lease { clock, until }
///     }
///
///     pub fn is_over(&self) -> bool {
///         self.clock.now() >= self.until
///     }
/// }
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The monotonic time.
    fn now(&self) -> Instant;

    /// The wall-clock time, which may be set, also backwards.
    fn system_time(&self) -> SystemTime;

    /// Ready at the monotonic time `deadline`; at once, if that has passed.
    fn sleep_until(&self, deadline: Instant) -> BoxFuture<()>;
}

/// Later than anybody waits for.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// What can be done with any clock, without an import.
impl dyn Clock {
    /// Ready after `time`; in thirty years, if that is later than a clock can tell.
    pub fn sleep(&self, time: Duration) -> BoxFuture<()> {
        let now = self.now();
        self.sleep_until(now.checked_add(time).unwrap_or(now + FAR))
    }

    /// The output of `future`, if it is ready within `time`. If both are ready, it is the output.
    ///
    /// # Errors
    /// [`Elapsed`], if it is not; `future` is then dropped.
    pub async fn timeout<F: Future>(&self, time: Duration, future: F) -> Result<F::Output, Elapsed> {
        let sleep = self.sleep(time);
        match select(pin!(future), sleep).await {
            Either::Left((output, _)) => Ok(output),
            Either::Right(_) => Err(Elapsed(time)),
        }
    }

    /// Ticks now, and then every `period`. A tick that comes late does not move those after it.
    ///
    /// # Panics
    /// If `period` is zero.
    pub fn interval(self: &Arc<Self>, period: Duration) -> Interval {
        assert!(!period.is_zero(), "the period of an interval is longer than zero");
        Interval { clock: self.clone(), period, next: self.now() }
    }
}

/// A future was not ready in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(Duration);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not ready within {:?}", self.0)
    }
}

impl std::error::Error for Elapsed {}

/// Ticks in a period: what the method `interval` of a [`Clock`] returns.
pub struct Interval {
    clock: Arc<dyn Clock>,
    period: Duration,
    next: Instant,
}

impl Interval {
    /// Ready at the next tick, with its time.
    pub async fn tick(&mut self) -> Instant {
        let tick = self.next;
        self.clock.sleep_until(tick).await;
        self.next = tick + self.period;
        tick
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interval").field("period", &self.period).field("next", &self.next).finish_non_exhaustive()
    }
}
