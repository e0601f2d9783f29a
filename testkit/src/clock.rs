use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use di_core::__private::lock;
use di_core::BoxFuture;
use di_core::ambient::Clock;

/// A clock that is moved by hand, for any runtime.
///
/// It stands still until [`advance`](MockClock::advance) moves it, and then wakes whoever sleeps until then, in the order of
/// their deadlines. Clones are the same clock, so that a test keeps one and gives another to a container.
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
/// tokio::task::yield_now().await;
/// assert_eq!(clock.sleepers(), [Duration::from_secs(30)]);
///
/// clock.advance(Duration::from_secs(30));
/// sleeping.await.unwrap();
/// # });
/// ```
#[derive(Clone)]
pub struct MockClock {
    state: Arc<Mutex<State>>,
}

struct State {
    now: Instant,
    system_time: SystemTime,
    /// Who sleeps, by deadline, and for the same one in the order in which they began.
    sleepers: BTreeMap<(Instant, u64), Waker>,
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
        let state = State { now: Instant::now(), system_time, sleepers: BTreeMap::new(), next_sleeper: 0 };
        MockClock { state: Arc::new(Mutex::new(state)) }
    }

    /// Moves both times on by `time`, and wakes whoever slept until then.
    pub fn advance(&self, time: Duration) {
        let mut state = self.lock();
        state.now += time;
        state.system_time += time;
        let first_later = (state.now + Duration::from_nanos(1), 0);
        let later = state.sleepers.split_off(&first_later);
        let due = std::mem::replace(&mut state.sleepers, later);
        drop(state);
        for waker in due.into_values() {
            waker.wake();
        }
    }

    /// Moves on to the next deadline that somebody sleeps until, and returns how far that was; none if nobody sleeps.
    pub fn advance_to_next(&self) -> Option<Duration> {
        let next = self.sleepers().first().copied()?;
        self.advance(next);
        Some(next)
    }

    /// Sets the wall-clock time, also backwards, as an administrator may. The monotonic time, and those who sleep, do not
    /// notice.
    pub fn set_system_time(&self, system_time: SystemTime) {
        self.lock().system_time = system_time;
    }

    /// How long each of those who sleep still has to, the shortest first.
    pub fn sleepers(&self) -> Vec<Duration> {
        let state = self.lock();
        state.sleepers.keys().map(|(deadline, _)| deadline.saturating_duration_since(state.now)).collect()
    }

    /// Nothing panics while it is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
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
        let clock = self.clock.clone();
        let mut state = clock.lock();
        if state.now >= self.deadline {
            return Poll::Ready(());
        }
        let number = self.number.unwrap_or(state.next_sleeper);
        if self.number.is_none() {
            state.next_sleeper += 1;
            self.number = Some(number);
        }
        state.sleepers.insert((self.deadline, number), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.clock.lock().sleepers.remove(&(self.deadline, number));
        }
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
