//! Cancellation tests: checks the state that a dropped future leaves.
//!
//! Any future may be dropped while it waits: by a timeout, by a `select!`, or because a client disconnects. It must
//! then release everything it has acquired, and undo work that is only half done. [`at_every_await`] drops a future at
//! each of its awaits in turn, and checks an invariant after each drop.
//!
//! ```test_harness
//! use std::sync::Arc;
//! use testkit::{Sim, cancel};
//! use tokio::sync::Semaphore;
//!
//! struct Uploads { slots: Semaphore }
//!
//! impl Uploads {
//!     async fn put(&self, chunks: usize) {
//!         self.slots.acquire().await.unwrap().forget();
//!         for _ in 0..chunks {
//!             tokio::task::yield_now().await; // bug: a drop here leaks the slot
//!         }
//!         self.slots.add_permits(1);
//!     }
//! }
//!
//! #[testkit::test]
//! # #[should_panic(expected = "dropped at await 1 while it waited, and then checked")]
//! async fn a_dropped_upload_frees_its_slot(_: Sim) {
//!     let uploads = Arc::new(Uploads { slots: Semaphore::new(4) });
//!     cancel::at_every_await(
//!         async || uploads.put(3).await,
//!         async || assert_eq!(uploads.slots.available_permits(), 4),
//!     )
//!     .await;
//! }
//! ```
//!
//! The report names the await:
//!
//! ```text
//! panic: task 0 `main` panicked at tests/uploads.rs:22:27: assertion `left == right` failed
//!   left: 3
//!  right: 4
//!   `at_every_await` at uploads.rs:20: the future was dropped at await 1 while it waited, and then checked:
//!       uploads.rs:11  put  <- uploads.rs:21  a_dropped_upload_frees_its_slot
//!       waits in tokio::task::yield_now::yield_now
//! ```
//!
//! # What counts as an await
//! An await is a point at which the future's `poll` returns `Pending`. An await that is ready at once does not count,
//! because nothing can be dropped there. A schedule that preempts can make a ready tokio operation yield, as tokio
//! itself does in a busy task; such a point counts as an await. Different schedules therefore have different awaits,
//! and a test that runs under many schedules reaches them all. With `preempt = false`, only awaits at which the future
//! really waits count.
//!
//! The future is dropped as soon as it waits or, depending on the schedule, only after it was woken. In the second
//! case, it must not lose anything that came with the wake, such as a permit or a message.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use crate::internal::{lock, short_place};
use crate::report::waiting;
use crate::sim::{Decider, Sim};
use crate::trace::TaskStack;

/// Maximum number of awaits at which a future is dropped. A future with more awaits is treated as endless. It restarts
/// for each await, so it has been polled tens of thousands of times by then.
const MAX_AWAITS: usize = 200;

/// Drops a future at each of its awaits in turn, and runs `check` after each drop.
///
/// `make` creates a new future for each drop. The first future is dropped before its first poll, the next one at its
/// first await, the next at its second, and so on, until one finishes before it is dropped. The other tasks of the
/// simulation run as usual meanwhile. `check` may await, for example to let other tasks finish their work
/// ([`Sim::settle`]).
///
/// Returns the number of awaits at which a future was dropped.
///
/// All futures share the state under test. To create new state for each future, use [`at_every_await_of`]. The
/// [module](self) has an example, and explains what counts as an await.
///
/// # Panics
/// Panics outside a simulation, and if a future has not finished after 200 awaits. A future that waits forever is
/// reported as a deadlock.
#[track_caller]
pub fn at_every_await<T>(
    mut make: impl AsyncFnMut() -> T,
    mut check: impl AsyncFnMut(),
) -> impl Future<Output = usize> {
    let mut awaits = Awaits::new(Location::caller());
    async move {
        while awaits.drop_at_next(make()).await {
            check().await;
            awaits.last.mark_checked();
        }
        awaits.count()
    }
}

/// Like [`at_every_await`], but `build` creates new state under test for each future.
///
/// ```test_harness
/// use testkit::cancel;
/// use tokio::sync::Mutex;
///
/// #[testkit::test]
/// async fn both_or_none() {
///     let awaits = cancel::at_every_await_of(
///         async || (Mutex::new(0), Mutex::new(0)),
///         async |(from, to)| {
///             let (mut from, mut to) = (from.lock().await, to.lock().await);
///             tokio::task::yield_now().await; // nothing has changed yet
///             *from -= 10;
///             *to += 10;
///         },
///         async |(from, to)| assert_eq!(*from.lock().await + *to.lock().await, 0),
///     )
///     .await;
///     assert!(awaits >= 1);
/// }
/// ```
///
/// # Panics
/// Panics in the same cases as [`at_every_await`].
#[track_caller]
pub fn at_every_await_of<S, T>(
    mut build: impl AsyncFnMut() -> S,
    mut make: impl AsyncFnMut(&S) -> T,
    mut check: impl AsyncFnMut(&S),
) -> impl Future<Output = usize> {
    let mut awaits = Awaits::new(Location::caller());
    async move {
        loop {
            let state = build().await;
            if !awaits.drop_at_next(make(&state)).await {
                return awaits.count();
            }
            check(&state).await;
            awaits.last.mark_checked();
        }
    }
}

/// The awaits at which futures are dropped, one after another.
struct Awaits {
    site: &'static Location<'static>,
    decider: Decider,
    /// Number of the next await.
    next: usize,
    last: LastDrop,
}

impl Awaits {
    #[track_caller]
    fn new(site: &'static Location<'static>) -> Self {
        let decider = Decider::new("where `cancel::at_every_await` drops a future");
        Awaits { site, decider, next: 0, last: LastDrop::new(site) }
    }

    /// Drops a future at the next await. Returns `false` if the future finishes before that await.
    async fn drop_at_next<F: Future>(&mut self, future: F) -> bool {
        let number = self.next;
        let site = self.site;
        assert!(
            number <= MAX_AWAITS,
            "the future of `at_every_await` at {site} has not finished after {MAX_AWAITS} awaits: it never ends, or is \
             too long to restart for each await. Return a shorter future from `make`"
        );
        let is_late = number > 0 && self.decider.decide(number, 2, |_| describe_late_drop(number)) == 1;
        let future = Some(Box::pin(future));
        let is_dropped = DropAtAwait { future, number, awaits: 0, is_late, stack: None, last: &self.last }.await;
        match is_dropped {
            true => self.next += 1,
            false => self.last.set(None),
        }
        is_dropped
    }

    /// Returns the number of awaits at which a future was dropped. The drop before the first poll does not count.
    fn count(&self) -> usize {
        self.next - 1
    }
}

fn describe_late_drop(number: usize) -> String {
    format!("dropped the future of `at_every_await` at await {number} only after it was woken")
}

/// Runs a future until await number `number` and drops it there. Outputs `false` if the future finishes before that
/// await.
struct DropAtAwait<'a, F> {
    /// `None` after it finished or was dropped. Boxed, so it can be dropped before this struct.
    future: Option<Pin<Box<F>>>,
    number: usize,
    /// Number of awaits so far.
    awaits: usize,
    is_late: bool,
    stack: Option<TaskStack>,
    last: &'a LastDrop,
}

impl<F> DropAtAwait<'_, F> {
    fn drop_future(&mut self) -> Poll<bool> {
        let (number, is_late) = (self.number, self.is_late);
        self.last.set(Some(Await { number, is_late, stack: self.stack.take(), is_checked: false }));
        self.future = None;
        Poll::Ready(true)
    }
}

impl<F: Future> Future for DropAtAwait<'_, F> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let this = &mut *self;
        // Spurious polls (polls without a wake) reach the future, but do not count as awaits.
        let is_spurious = Sim::current().world().is_spurious_poll.get();
        if this.awaits == this.number && !is_spurious {
            return this.drop_future();
        }
        let future = this.future.as_mut().expect("not polled after completion");
        if future.as_mut().poll(context).is_ready() {
            this.future = None;
            return Poll::Ready(false);
        }
        this.awaits += usize::from(!is_spurious);
        if this.awaits < this.number || is_spurious {
            return Poll::Pending;
        }
        this.stack = Sim::current().stack();
        if this.is_late { Poll::Pending } else { this.drop_future() }
    }
}

/// An await at which a future was dropped.
struct Await {
    number: usize,
    /// Whether the future was woken before the drop.
    is_late: bool,
    stack: Option<TaskStack>,
    /// Whether the check after the drop has passed.
    is_checked: bool,
}

/// The last await at which a future was dropped, for the report. `None` before the first drop and after the end.
#[derive(Clone, Default)]
struct LastDrop(Arc<Mutex<Option<Await>>>);

impl LastDrop {
    /// Adds it to the report of the simulation.
    fn new(site: &'static Location<'static>) -> Self {
        let last = LastDrop::default();
        let reported = last.clone();
        Sim::current().world().add_state_reporter(move |_| {
            let text = lock(&reported.0).as_ref().map(ToString::to_string);
            text.map(|text| format!("`at_every_await` at {}: {text}", short_place(site.file(), site.line())))
        });
        last
    }

    fn set(&self, at: Option<Await>) {
        *lock(&self.0) = at;
    }

    fn mark_checked(&self) {
        if let Some(at) = &mut *lock(&self.0) {
            at.is_checked = true;
        }
    }
}

impl fmt::Display for Await {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Await { number, is_late, stack, is_checked } = self;
        f.write_str(if *is_checked { "the last future was dropped " } else { "the future was dropped " })?;
        match (number, is_late) {
            (0, _) => f.write_str("before it was polled")?,
            (number, false) => write!(f, "at await {number} while it waited")?,
            (number, true) => write!(f, "at await {number} after it was woken")?,
        }
        f.write_str(if *is_checked {
            ", and passed its check; the next one is running"
        } else {
            ", and then checked"
        })?;
        let Some(mut stack) = stack.clone() else { return Ok(()) };
        // Frames from here on do not belong to the future.
        let end = stack.frames.iter().position(|frame| frame.function.contains(module_path!()));
        stack.frames.truncate(end.unwrap_or(stack.frames.len()));
        let waiting = waiting(&stack);
        let frames: Vec<_> = waiting.frames.iter().map(ToString::to_string).collect();
        if !frames.is_empty() {
            write!(f, ":\n    {}", frames.join("  <- "))?;
        }
        match waiting.primitive {
            Some(primitive) => write!(f, "\n    waits in {primitive}"),
            None => Ok(()),
        }
    }
}
