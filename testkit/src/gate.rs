use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use crate::internal::lock;
use tokio::sync::Notify;

use crate::waiting::{poll_locked, until};

/// A place where what is tested waits until the test lets it go on. It needs no clock, and no runtime of its own.
///
/// The scripts of [streams](crate::stream::Script::pending), [sinks](crate::sink::Script::pending) and
/// [IO](crate::io::Script::pending) can wait at one, and so can [mocks](crate::mock::when) and fakes of your own, by
/// [`pass`](Gate::pass). Clones are the same gate.
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
    /// Told when somebody has come.
    arrived: Notify,
    place: &'static Location<'static>,
}

#[derive(Default)]
struct State {
    is_open: bool,
    /// How many may pass who are not there yet.
    releases: usize,
    /// Who is there, in the order of arrival.
    waiting: BTreeMap<u64, Waiting>,
    next: u64,
}

#[derive(Default)]
struct Waiting {
    is_released: bool,
    waker: Option<Waker>,
}

impl Gate {
    /// A gate that is shut.
    #[allow(clippy::new_without_default, reason = "its place is the caller's")]
    #[track_caller]
    pub fn new() -> Self {
        let shared = Shared { state: Mutex::default(), arrived: Notify::new(), place: Location::caller() };
        Gate { shared: Arc::new(shared) }
    }

    /// Lets one pass: the first of those who wait, or else the next who comes. Releases are counted.
    pub fn release(&self) {
        let mut state = self.lock();
        let waker = match state.waiting.values_mut().find(|waiting| !waiting.is_released) {
            Some(waiting) => {
                waiting.is_released = true;
                waiting.waker.take()
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

    /// Lets all pass, those who wait and those who come later.
    pub fn open(&self) {
        let mut state = self.lock();
        state.is_open = true;
        let released = state.waiting.values_mut().filter(|waiting| !waiting.is_released);
        let wakers: Vec<_> = released
            .filter_map(|waiting| {
                waiting.is_released = true;
                waiting.waker.take()
            })
            .collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// How many wait and have not been released.
    pub fn waiting(&self) -> usize {
        self.lock().waiting.values().filter(|waiting| !waiting.is_released).count()
    }

    /// Whether somebody waits who has not been released.
    pub fn is_reached(&self) -> bool {
        self.waiting() > 0
    }

    /// Ready once somebody waits who has not been released.
    pub async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Ready once at least `count` wait who have not been released.
    ///
    /// ```
    /// use testkit::Gate;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let gate = Gate::new();
    /// let calls: Vec<_> = (0..3).map(|_| tokio::spawn(gate.pass())).collect();
    /// gate.reached_by(3).await; // all three are on their way at once
    /// gate.open();
    /// for call in calls {
    ///     call.await.unwrap();
    /// }
    /// # }
    /// ```
    pub async fn reached_by(&self, count: usize) {
        until(&self.shared.arrived, || self.waiting() >= count).await;
    }

    /// Waits to be let through. First come, first served; who gives up hands a release on to the next.
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

/// Ready once the gate lets it through.
pub(crate) struct Pass {
    gate: Gate,
    /// Its number among those who wait, once it is one.
    number: Option<u64>,
}

impl Pass {
    /// The line that made the gate.
    pub(crate) fn place(&self) -> &'static Location<'static> {
        self.gate.shared.place
    }

    /// Whether it has been let through, and not been polled since.
    pub(crate) fn is_released(&self) -> bool {
        let state = self.gate.lock();
        self.number.and_then(|number| state.waiting.get(&number)).is_some_and(|waiting| waiting.is_released)
    }
}

impl Future for Pass {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Pass { gate, number } = &mut *self;
        let was_waiting = number.is_some();
        let polled = poll_locked(&gate.shared.state, context, |state| match *number {
            Some(waits) if state.waiting[&waits].is_released => {
                state.waiting.remove(&waits);
                *number = None;
                Ok(())
            }
            Some(waits) => Err(&mut state.waiting.entry(waits).or_default().waker),
            None if state.is_open => Ok(()),
            None if state.releases > 0 => {
                state.releases -= 1;
                Ok(())
            }
            None => {
                let arrives = state.next;
                state.next += 1;
                *number = Some(arrives);
                Err(&mut state.waiting.entry(arrives).or_default().waker)
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
        let waiting = self.gate.lock().waiting.remove(&number);
        if waiting.is_some_and(|waiting| waiting.is_released) {
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
    fn one_release_lets_the_first_who_came_pass() {
        let gate = Gate::new();
        let (mut first, mut second) = (gate.pass(), gate.pass());
        assert_eq!(((&mut first).now_or_never(), (&mut second).now_or_never()), (None, None));
        assert_eq!(gate.waiting(), 2);
        gate.release();
        assert_eq!(gate.waiting(), 1);
        assert_eq!(((&mut second).now_or_never(), (&mut first).now_or_never()), (None, Some(())));
    }

    #[test]
    fn who_gives_up_hands_the_release_on() {
        let gate = Gate::new();
        let (mut first, mut second) = (gate.pass(), gate.pass());
        assert_eq!(((&mut first).now_or_never(), (&mut second).now_or_never()), (None, None));
        gate.release();
        drop(first);
        assert_eq!(second.now_or_never(), Some(()));
        assert_eq!(gate.pass().now_or_never(), None, "there was one release");
    }

    #[test]
    fn who_gives_up_unreleased_takes_no_release_with_him() {
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
    fn it_tells_its_place_and_who_waits() {
        let gate = Gate::new();
        gate.release();
        let text = format!("{gate:?}");
        assert!(text.starts_with("Gate { place: ") && text.contains("gate.rs:"), "{text}");
        assert!(text.ends_with("is_open: false, releases: 1, waiting: 0 }"), "{text}");
    }
}
