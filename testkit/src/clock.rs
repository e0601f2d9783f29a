use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use crate::internal::lock;
use di_core::BoxFuture;
use di_core::ambient::Clock;
use tokio::sync::Notify;

use crate::waiting::{poll_locked, until};

/// A clock that is moved by hand, for any runtime.
///
/// It stands still until [`advance`](MockClock::advance) moves it, and then wakes whoever sleeps until then, in the order of
/// their deadlines. Clones are the same clock, so that a test keeps one and gives another to a container.
///
/// Who sleeps has to be awaited before the clock is moved, or the move comes too early for him:
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
/// What sleeps again and again is followed sleep by sleep:
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
    /// Told when somebody has gone to sleep, and when time has passed.
    changed: Notify,
    begun: Instant,
}

struct State {
    now: Instant,
    system_time: SystemTime,
    /// Who sleeps, by deadline, and for the same one in the order in which they began.
    sleepers: BTreeMap<(Instant, u64), Option<Waker>>,
    next_sleeper: u64,
}

impl MockClock {
    /// A clock whose wall-clock time is the one of its making, at full seconds.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        MockClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs()))
    }

    /// A clock whose wall-clock time is `system_time`.
    pub fn at(system_time: SystemTime) -> Self {
        let begun = Instant::now();
        let state = State { now: begun, system_time, sleepers: BTreeMap::new(), next_sleeper: 0 };
        MockClock { shared: Arc::new(Shared { state: Mutex::new(state), changed: Notify::new(), begun }) }
    }

    /// Moves both times on by `time`, and wakes whoever slept until then.
    ///
    /// # Panics
    /// If one of the times would be later than its type can tell.
    #[track_caller]
    pub fn advance(&self, time: Duration) {
        self.advance_by(|_| Some(time));
    }

    /// Moves on to the next deadline that somebody sleeps until, and returns how far that was; none if nobody sleeps.
    ///
    /// # Panics
    /// If the wall-clock time would be later than its type can tell.
    #[track_caller]
    pub fn advance_to_next(&self) -> Option<Duration> {
        self.advance_by(|state| state.left().next())
    }

    /// Sets the wall-clock time, also backwards, as an administrator may. The monotonic time, and those who sleep, do not
    /// notice.
    pub fn set_system_time(&self, system_time: SystemTime) {
        self.lock().system_time = system_time;
    }

    /// How far the clock has been advanced since it was made.
    pub fn elapsed(&self) -> Duration {
        self.lock().now - self.shared.begun
    }

    /// How long each of those who sleep still has to, the shortest first.
    pub fn sleepers(&self) -> Vec<Duration> {
        self.lock().left().collect()
    }

    /// Ready once at least `count` sleep, in any runtime.
    pub async fn wait_for_sleepers(&self, count: usize) {
        until(&self.shared.changed, || self.lock().sleepers.len() >= count).await;
    }

    /// Ready once somebody sleeps who has exactly `time` left to, whoever else sleeps, in any runtime.
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
        until(&self.shared.changed, || self.lock().left().any(|left| left == time)).await;
    }

    /// Moves both times on by what `time` says of the state, if anything, and wakes who is due.
    #[track_caller]
    fn advance_by(&self, time: impl FnOnce(&State) -> Option<Duration>) -> Option<Duration> {
        let mut state = self.lock();
        let time = time(&state)?;
        let moved = state.now.checked_add(time).zip(state.system_time.checked_add(time));
        let Some((now, system_time)) = moved else {
            drop(state);
            panic!(
                "a MockClock at {:?} cannot be advanced by {time:?}: no Instant or SystemTime is that late",
                self.elapsed()
            );
        };
        (state.now, state.system_time) = (now, system_time);
        // Nobody has the greatest number.
        let later = state.sleepers.split_off(&(now, u64::MAX));
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
    /// How long each of those who sleep still has to.
    fn left(&self) -> impl Iterator<Item = Duration> {
        self.sleepers.keys().map(|(deadline, _)| deadline.saturating_duration_since(self.now))
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

/// Ready once the clock is at the deadline.
struct Sleep {
    clock: MockClock,
    deadline: Instant,
    /// Its number among the sleepers, once it is one.
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Sleep { clock, deadline, number } = &mut *self;
        let slept = number.is_some();
        let polled = poll_locked(&clock.shared.state, context, |state| {
            if state.now >= *deadline {
                return Ok(());
            }
            let number = *number.get_or_insert_with(|| {
                state.next_sleeper += 1;
                state.next_sleeper
            });
            Err(state.sleepers.entry((*deadline, number)).or_default())
        });
        if polled.is_pending() && !slept {
            clock.shared.changed.notify_waiters();
        }
        polled
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        // Dropped once the lock is released, as anybody's code may run in it.
        let waker = self.clock.lock().sleepers.remove(&(self.deadline, number));
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
    fn it_stands_still_until_it_is_moved() {
        let clock = MockClock::at(SystemTime::UNIX_EPOCH);
        let begun = clock.now();
        let mut sleep = dynamic(&clock).sleep(3 * SECOND);
        assert!((&mut sleep).now_or_never().is_none());
        clock.advance(2 * SECOND);
        assert!((&mut sleep).now_or_never().is_none());
        assert_eq!(clock.sleepers(), [SECOND]);
        clock.advance(SECOND);
        assert!((&mut sleep).now_or_never().is_some());
        assert_eq!(clock.now() - begun, 3 * SECOND);
        assert_eq!(clock.system_time(), SystemTime::UNIX_EPOCH + 3 * SECOND);
        assert!(clock.sleepers().is_empty());
    }

    #[test]
    fn the_wall_clock_may_be_set_back_and_no_sleeper_notices() {
        let clock = MockClock::at(SystemTime::UNIX_EPOCH + 100 * SECOND);
        let mut sleep = dynamic(&clock).sleep(SECOND);
        assert!((&mut sleep).now_or_never().is_none());
        clock.set_system_time(SystemTime::UNIX_EPOCH);
        clock.advance(SECOND);
        assert!(sleep.now_or_never().is_some());
        assert_eq!(clock.system_time(), SystemTime::UNIX_EPOCH + SECOND);
    }

    #[test]
    fn a_sleep_that_is_dropped_sleeps_no_more() {
        let clock = MockClock::new();
        let mut sleep = dynamic(&clock).sleep(SECOND);
        assert!((&mut sleep).now_or_never().is_none());
        drop(sleep);
        assert_eq!(clock.advance_to_next(), None);
    }

    #[tokio::test]
    async fn it_wakes_tasks_of_any_runtime_one_deadline_after_the_other() {
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
    fn a_timeout_is_decided_by_it() {
        let clock = MockClock::new();
        let dynamic = dynamic(&clock);
        let mut waiting = Box::pin(dynamic.timeout(SECOND, std::future::pending::<()>()));
        assert!((&mut waiting).now_or_never().is_none());
        clock.advance(SECOND);
        assert!(waiting.now_or_never().unwrap().is_err());
    }
}
