//! A clock that a test advances.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use di_core::BoxFuture;
use di_core::ambient::Clock;
use tokio::sync::Notify;

use crate::internal::{Attempt, lock, poll_locked, until};

/// A clock that a test advances by hand. Works in any runtime.
///
/// Time stands still until [`advance`](MockClock::advance) moves it. That wakes every sleep that is due, in deadline
/// order. Clones share one clock: a test keeps one and gives another to a container.
///
/// Wait for the sleep to begin before you advance the clock. Otherwise the sleep starts after the move and is not woken
/// by it:
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use di_core::ambient::Clock;
/// use testkit::MockClock;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let clock = MockClock::new();
/// let component: Arc<dyn Clock> = Arc::new(clock.clone());
/// let sleeping = tokio::spawn(component.sleep(Duration::from_secs(30)));
/// clock.wait_for_sleepers(1).await;
/// assert_eq!(clock.sleepers(), [Duration::from_secs(30)]);
///
/// clock.advance(Duration::from_secs(30));
/// sleeping.await.unwrap();
/// # });
/// ```
///
/// If the code sleeps repeatedly, follow it one sleep at a time:
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use di_core::ambient::Clock;
/// use testkit::MockClock;
///
/// # tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(async {
/// let clock = MockClock::new();
/// let component: Arc<dyn Clock> = Arc::new(clock.clone());
/// let backing_off = tokio::spawn(async move {
///     for attempt in 0..3 {
///         component.sleep(Duration::from_millis(100 << attempt)).await;
///     }
/// });
/// for pause in [100, 200, 400].map(Duration::from_millis) {
///     clock.wait_for_sleep_of(pause).await;
///     clock.advance_to_next();
/// }
/// backing_off.await.unwrap();
/// assert_eq!(clock.elapsed(), Duration::from_millis(700));
/// # });
/// ```
#[derive(Clone)]
pub struct MockClock {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Notified when a sleep begins and when time advances.
    changed: Notify,
    start: Instant,
}

struct State {
    now: Instant,
    system_time: SystemTime,
    /// Wakers of the pending sleeps.
    sleepers: BTreeMap<SleepKey, Option<Waker>>,
    /// Number of sleeps that have begun.
    begun: u64,
}

/// Orders sleeps by deadline, then by the order in which they began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SleepKey {
    deadline: Instant,
    /// Number of the sleep, from 1.
    number: u64,
}

impl MockClock {
    /// Creates a clock that starts at the current wall-clock time, rounded down to full seconds.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        MockClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs()))
    }

    /// Creates a clock that starts at the wall-clock time `system_time`.
    pub fn at(system_time: SystemTime) -> Self {
        let start = Instant::now();
        let state = State { now: start, system_time, sleepers: BTreeMap::new(), begun: 0 };
        MockClock { shared: Arc::new(Shared { state: Mutex::new(state), changed: Notify::new(), start }) }
    }

    /// Advances the monotonic and the wall-clock time by `time`, and wakes every sleep that is due.
    ///
    /// # Panics
    /// Panics if one of the two times would overflow its type.
    #[track_caller]
    pub fn advance(&self, time: Duration) {
        self.advance_by(|_| Some(time));
    }

    /// Advances to the earliest deadline and returns by how much. Returns `None` if nothing sleeps.
    ///
    /// # Panics
    /// Panics if the wall-clock time would overflow `SystemTime`.
    #[track_caller]
    pub fn advance_to_next(&self) -> Option<Duration> {
        self.advance_by(|state| state.remaining().next())
    }

    /// Sets the wall-clock time, forwards or backwards, as an administrator may. The monotonic time and the sleeps are
    /// not affected.
    pub fn set_system_time(&self, system_time: SystemTime) {
        self.lock().system_time = system_time;
    }

    /// Returns by how much the clock has been advanced since it was created.
    pub fn elapsed(&self) -> Duration {
        self.lock().now - self.shared.start
    }

    /// Returns the time that each sleep has left, shortest first.
    pub fn sleepers(&self) -> Vec<Duration> {
        self.lock().remaining().collect()
    }

    /// Waits until at least `count` sleeps are pending. Works in any runtime.
    pub async fn wait_for_sleepers(&self, count: usize) {
        until(&self.shared.changed, || self.lock().sleepers.len() >= count).await;
    }

    /// Waits until a sleep has exactly `time` left, regardless of other sleeps. Works in any runtime.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use di_core::ambient::Clock;
    /// use testkit::MockClock;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let clock = MockClock::new();
    /// let component: Arc<dyn Clock> = Arc::new(clock.clone());
    /// let calling = tokio::spawn(async move {
    ///     let request = component.sleep(Duration::from_secs(2));
    ///     component.timeout(Duration::from_secs(5), request).await
    /// });
    /// clock.wait_for_sleep_of(Duration::from_secs(5)).await; // the timeout is set
    /// clock.advance(Duration::from_secs(2));
    /// assert!(calling.await.unwrap().is_ok());
    /// # });
    /// ```
    pub async fn wait_for_sleep_of(&self, time: Duration) {
        until(&self.shared.changed, || self.lock().remaining().any(|left| left == time)).await;
    }

    /// Advances both times by the result of `time`, if it is `Some`, and wakes every sleep that is due.
    #[track_caller]
    fn advance_by(&self, time: impl FnOnce(&State) -> Option<Duration>) -> Option<Duration> {
        let mut state = self.lock();
        let time = time(&state)?;
        let advanced = state.now.checked_add(time).zip(state.system_time.checked_add(time));
        let Some((now, system_time)) = advanced else {
            drop(state);
            panic!(
                "a MockClock at {:?} cannot be advanced by {time:?}: the time would overflow Instant or SystemTime",
                self.elapsed()
            );
        };
        (state.now, state.system_time) = (now, system_time);
        // No sleep has the number `u64::MAX`, so the split keeps every sleep of this deadline on the due side.
        let later = state.sleepers.split_off(&SleepKey { deadline: now, number: u64::MAX });
        let due = std::mem::replace(&mut state.sleepers, later);
        drop(state);
        due.into_values().flatten().for_each(Waker::wake);
        self.shared.changed.notify_waiters();
        Some(time)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.shared.state)
    }
}

impl State {
    /// Returns the time that each sleep has left, earliest deadline first.
    fn remaining(&self) -> impl Iterator<Item = Duration> {
        self.sleepers.keys().map(|key| key.deadline.saturating_duration_since(self.now))
    }
}

impl Clock for MockClock {
    fn now(&self) -> Instant {
        self.lock().now
    }

    fn system_time(&self) -> SystemTime {
        self.lock().system_time
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<()> {
        Box::pin(Sleep { clock: self.clone(), deadline, number: None })
    }
}

impl fmt::Debug for MockClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sleepers = self.sleepers();
        f.debug_struct("MockClock").field("system_time", &self.system_time()).field("sleepers", &sleepers).finish()
    }
}

/// Future of a sleep: ready once the clock has reached the deadline.
struct Sleep {
    clock: MockClock,
    deadline: Instant,
    /// Its number among the sleepers; set when it first waits.
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Sleep { clock, deadline, number } = &mut *self;
        let was_registered = number.is_some();
        let polled = poll_locked(&clock.shared.state, context, |state| {
            if state.now >= *deadline {
                return Attempt::Ready(());
            }
            let number = *number.get_or_insert_with(|| {
                state.begun += 1;
                state.begun
            });
            let key = SleepKey { deadline: *deadline, number };
            Attempt::Pending(state.sleepers.entry(key).or_default())
        });
        if polled.is_pending() && !was_registered {
            clock.shared.changed.notify_waiters();
        }
        polled
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        // Drop the waker after the lock is released, because its destructor may run any code.
        let waker = self.clock.lock().sleepers.remove(&SleepKey { deadline: self.deadline, number });
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const SECOND: Duration = Duration::from_secs(1);

    fn dynamic(clock: &MockClock) -> Arc<dyn Clock> {
        Arc::new(clock.clone())
    }

    #[test]
    fn time_stands_still_until_it_is_advanced() {
        let clock = MockClock::at(SystemTime::UNIX_EPOCH);
        let start = clock.now();
        let mut sleep = dynamic(&clock).sleep(3 * SECOND);
        assert!((&mut sleep).now_or_never().is_none());
        clock.advance(2 * SECOND);
        assert!((&mut sleep).now_or_never().is_none());
        assert_eq!(clock.sleepers(), [SECOND]);
        clock.advance(SECOND);
        assert!((&mut sleep).now_or_never().is_some());
        assert_eq!(clock.now() - start, 3 * SECOND);
        assert_eq!(clock.system_time(), SystemTime::UNIX_EPOCH + 3 * SECOND);
        assert!(clock.sleepers().is_empty());
    }

    #[test]
    fn setting_the_wall_clock_back_does_not_affect_sleeps() {
        let clock = MockClock::at(SystemTime::UNIX_EPOCH + 100 * SECOND);
        let mut sleep = dynamic(&clock).sleep(SECOND);
        assert!((&mut sleep).now_or_never().is_none());
        clock.set_system_time(SystemTime::UNIX_EPOCH);
        clock.advance(SECOND);
        assert!(sleep.now_or_never().is_some());
        assert_eq!(clock.system_time(), SystemTime::UNIX_EPOCH + SECOND);
    }

    #[test]
    fn a_dropped_sleep_is_no_longer_pending() {
        let clock = MockClock::new();
        let mut sleep = dynamic(&clock).sleep(SECOND);
        assert!((&mut sleep).now_or_never().is_none());
        drop(sleep);
        assert_eq!(clock.advance_to_next(), None);
    }

    #[tokio::test]
    async fn it_wakes_tasks_of_any_runtime_in_deadline_order() {
        let clock = MockClock::new();
        let tasks = [5, 1, 3].map(|seconds| tokio::spawn(dynamic(&clock).sleep(seconds * SECOND)));
        while clock.sleepers().len() < 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.advance_to_next(), Some(SECOND));
        assert_eq!(clock.advance_to_next(), Some(2 * SECOND));
        assert_eq!(clock.advance_to_next(), Some(2 * SECOND));
        for task in tasks {
            task.await.unwrap();
        }
    }

    #[test]
    fn timeouts_use_the_mock_clock() {
        let clock = MockClock::new();
        let dynamic = dynamic(&clock);
        let mut waiting = Box::pin(dynamic.timeout(SECOND, std::future::pending::<()>()));
        assert!((&mut waiting).now_or_never().is_none());
        clock.advance(SECOND);
        assert!(waiting.now_or_never().unwrap().is_err());
    }
}
