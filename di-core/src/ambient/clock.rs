//! Time, which a test can control: clock, timeouts and intervals.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{Either, select};

use crate::internal::BoxFuture;

/// Reads the time, and waits until a point in time.
///
/// A component takes an `Arc<dyn Clock>` or a `&dyn Clock`, and a container gets it from
/// [`Ambient`](crate::ambient::Ambient): tokio's clock in production, or a manually advanced one in a test.
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
    /// Returns the monotonic time.
    fn now(&self) -> Instant;

    /// Returns the wall-clock time. It can be set, even backwards.
    fn system_time(&self) -> SystemTime;

    /// Waits until the monotonic time `deadline`. Completes immediately if it has passed.
    fn sleep_until(&self, deadline: Instant) -> BoxFuture<()>;
}

/// Longer than any real wait.
const FALLBACK_SLEEP: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// Methods of every clock. They need no import.
impl dyn Clock {
    /// Waits for `time`. If the deadline overflows the clock, waits for 30 years.
    pub fn sleep(&self, time: Duration) -> BoxFuture<()> {
        let now = self.now();
        self.sleep_until(now.checked_add(time).unwrap_or(now + FALLBACK_SLEEP))
    }

    /// Waits for `future` for at most `time`. If both are ready at the same time, returns the output.
    ///
    /// # Errors
    /// Returns [`Elapsed`] if the time has passed. `future` is then dropped.
    pub async fn timeout<F: Future>(&self, time: Duration, future: F) -> Result<F::Output, Elapsed> {
        let sleep = self.sleep(time);
        match select(pin!(future), sleep).await {
            Either::Left((output, _)) => Ok(output),
            Either::Right(_) => Err(Elapsed(time)),
        }
    }

    /// Creates an interval that ticks immediately, and then every `period`. A late tick does not delay later ones.
    ///
    /// # Panics
    /// Panics if `period` is zero.
    pub fn interval(self: &Arc<Self>, period: Duration) -> Interval {
        assert!(!period.is_zero(), "the period of an interval must not be zero");
        Interval { clock: self.clone(), period, next: self.now() }
    }
}

/// Error returned when a future was not ready in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(Duration);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not ready within {:?}", self.0)
    }
}

impl std::error::Error for Elapsed {}

/// Interval of ticks, created with the method `interval` of a [`Clock`].
pub struct Interval {
    clock: Arc<dyn Clock>,
    period: Duration,
    next: Instant,
}

impl Interval {
    /// Waits for the next tick, and returns its scheduled time.
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
