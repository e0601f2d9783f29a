//! A gate at which code under test waits for the test.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use crate::internal::{Attempt, lock, poll_locked, until};

/// A point where the code under test waits until the test releases it. It needs neither a clock nor a particular
/// runtime.
///
/// Scripts of [streams](crate::fakes::stream::Script::pending), [sinks](crate::fakes::sink::Script::pending) and
/// [IO](crate::fakes::io::Script::pending) can wait at a gate. [Mocks](crate::fakes::mock::when) can also wait at a
/// gate, as can your own fakes with [`pass`](Gate::pass). Clones share one gate.
///
/// ```
/// use futures_util::StreamExt;
/// use testkit::Gate;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let gate = Gate::new();
/// let body = testkit::stream::script().item("first").pending(&gate).item("second").end();
/// let reading = tokio::spawn(body.collect::<Vec<_>>());
///
/// gate.reached().await; // "first" has been read, and the reader waits
/// gate.release();
/// assert_eq!(reading.await.unwrap(), ["first", "second"]);
/// # }
/// ```
#[derive(Clone)]
pub struct Gate {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Notified when a waiter arrives.
    arrived: Notify,
    place: &'static Location<'static>,
}

#[derive(Default)]
struct State {
    is_open: bool,
    /// Number of releases that no waiter has used yet.
    releases: usize,
    /// Waiters in the order of arrival.
    waiters: BTreeMap<u64, Waiter>,
    next_number: u64,
}

#[derive(Default)]
struct Waiter {
    is_released: bool,
    waker: Option<Waker>,
}

impl Gate {
    /// Creates a closed gate.
    #[allow(clippy::new_without_default, reason = "the gate records its caller's location")]
    #[track_caller]
    pub fn new() -> Self {
        let shared = Shared { state: Mutex::default(), arrived: Notify::new(), place: Location::caller() };
        Gate { shared: Arc::new(shared) }
    }

    /// Releases the first waiter. Without waiters, the release is kept for the next arrival; such releases add up.
    pub fn release(&self) {
        let mut state = self.lock();
        let waker = match state.waiters.values_mut().find(|waiter| !waiter.is_released) {
            Some(waiter) => {
                waiter.is_released = true;
                waiter.waker.take()
            }
            None => {
                state.releases += 1;
                None
            }
        };
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Opens the gate for good: all current and future waiters pass.
    pub fn open(&self) {
        let mut state = self.lock();
        state.is_open = true;
        let released = state.waiters.values_mut().filter(|waiter| !waiter.is_released);
        let wakers: Vec<_> = released
            .filter_map(|waiter| {
                waiter.is_released = true;
                waiter.waker.take()
            })
            .collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Returns the number of waiters that have not been released.
    pub fn waiting(&self) -> usize {
        self.lock().waiters.values().filter(|waiter| !waiter.is_released).count()
    }

    /// Returns whether there is a waiter that has not been released.
    pub fn is_reached(&self) -> bool {
        self.waiting() > 0
    }

    /// Waits until there is a waiter that has not been released.
    pub async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Waits until there are at least `count` waiters that have not been released.
    ///
    /// ```
    /// use testkit::Gate;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let gate = Gate::new();
    /// let calls: Vec<_> = (0..3).map(|_| tokio::spawn(gate.pass())).collect();
    /// gate.reached_by(3).await; // all three calls are in flight
    /// gate.open();
    /// for call in calls {
    ///     call.await.unwrap();
    /// }
    /// # }
    /// ```
    pub async fn reached_by(&self, count: usize) {
        until(&self.shared.arrived, || self.waiting() >= count).await;
    }

    /// Waits until the gate lets the caller pass. Waiters pass in the order of arrival. If a waiter is dropped after
    /// its release, the release goes to the next one.
    pub fn pass(&self) -> impl Future<Output = ()> + Send + Sync + Unpin + use<> {
        self.passing()
    }

    pub(crate) fn passing(&self) -> Pass {
        Pass { gate: self.clone(), number: None }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.shared.state)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.waiting();
        let state = self.lock();
        f.debug_struct("Gate")
            .field("place", &format_args!("{}", self.shared.place))
            .field("is_open", &state.is_open)
            .field("releases", &state.releases)
            .field("waiting", &waiting)
            .finish()
    }
}

/// Future that is ready once the gate lets it pass.
pub(crate) struct Pass {
    gate: Gate,
    /// Its number among the waiters; set when it first waits.
    number: Option<u64>,
}

impl Pass {
    /// Returns the source location where the gate was created.
    pub(crate) fn place(&self) -> &'static Location<'static> {
        self.gate.shared.place
    }

    /// Returns whether it has been released but not polled since.
    pub(crate) fn is_released(&self) -> bool {
        let state = self.gate.lock();
        self.number.and_then(|number| state.waiters.get(&number)).is_some_and(|waiter| waiter.is_released)
    }
}

impl Future for Pass {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Pass { gate, number } = &mut *self;
        let was_waiting = number.is_some();
        let polled = poll_locked(&gate.shared.state, context, |state| match *number {
            Some(waiter) if state.waiters[&waiter].is_released => {
                state.waiters.remove(&waiter);
                *number = None;
                Attempt::Ready(())
            }
            Some(waiter) => Attempt::Pending(&mut state.waiters.entry(waiter).or_default().waker),
            None if state.is_open => Attempt::Ready(()),
            None if state.releases > 0 => {
                state.releases -= 1;
                Attempt::Ready(())
            }
            None => {
                let waiter = state.next_number;
                state.next_number += 1;
                *number = Some(waiter);
                Attempt::Pending(&mut state.waiters.entry(waiter).or_default().waker)
            }
        });
        if polled.is_pending() && !was_waiting {
            gate.shared.arrived.notify_waiters();
        }
        polled
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let waiter = self.gate.lock().waiters.remove(&number);
        if waiter.is_some_and(|waiter| waiter.is_released) {
            self.gate.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_release_before_the_arrival_counts() {
        let gate = Gate::new();
        gate.release();
        gate.release();
        assert_eq!(gate.pass().now_or_never(), Some(()));
        assert_eq!(gate.pass().now_or_never(), Some(()));
        assert_eq!(gate.pass().now_or_never(), None);
    }

    #[test]
    fn a_release_lets_the_first_waiter_pass() {
        let gate = Gate::new();
        let (mut first, mut second) = (gate.pass(), gate.pass());
        assert_eq!(((&mut first).now_or_never(), (&mut second).now_or_never()), (None, None));
        assert_eq!(gate.waiting(), 2);
        gate.release();
        assert_eq!(gate.waiting(), 1);
        assert_eq!(((&mut second).now_or_never(), (&mut first).now_or_never()), (None, Some(())));
    }

    #[test]
    fn a_dropped_waiter_passes_its_release_to_the_next() {
        let gate = Gate::new();
        let (mut first, mut second) = (gate.pass(), gate.pass());
        assert_eq!(((&mut first).now_or_never(), (&mut second).now_or_never()), (None, None));
        gate.release();
        drop(first);
        assert_eq!(second.now_or_never(), Some(()));
        assert_eq!(gate.pass().now_or_never(), None, "there was one release");
    }

    #[test]
    fn a_waiter_dropped_before_its_release_uses_none() {
        let gate = Gate::new();
        let mut first = gate.pass();
        assert_eq!((&mut first).now_or_never(), None);
        drop(first);
        assert!(!gate.is_reached());
        gate.release();
        assert_eq!(gate.pass().now_or_never(), Some(()));
    }

    #[test]
    fn an_open_gate_lets_all_pass() {
        let gate = Gate::new();
        let mut waiting = [gate.pass(), gate.pass()];
        assert!(waiting.iter_mut().all(|pass| pass.now_or_never().is_none()));
        gate.open();
        assert!(waiting.iter_mut().all(|pass| pass.now_or_never().is_some()));
        assert_eq!(gate.pass().now_or_never(), Some(()));
    }

    #[test]
    fn debug_output_has_its_location_and_waiters() {
        let gate = Gate::new();
        gate.release();
        let text = format!("{gate:?}");
        assert!(text.starts_with("Gate { place: ") && text.contains("gate.rs:"), "{text}");
        assert!(text.ends_with("is_open: false, releases: 1, waiting: 0 }"), "{text}");
    }
}
