//! What is left behind by a future that is dropped before its end.
//!
//! Any future may be dropped where it waits: by a timeout, by a `select!`, by a client that goes away. What it has taken by
//! then must come back, and what it has half done must be undone, or be as if it had never begun. [`at_every_await`] drops a
//! future at each of its awaits in turn, and has an invariant checked after each.
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
//!             tokio::task::yield_now().await; // dropped here, it keeps its slot
//!         }
//!         self.slots.add_permits(1);
//!     }
//! }
//!
//! #[testkit::test]
//! # #[should_panic(expected = "dropped at its await number 1 while it waited, and then checked")]
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
//! Its report names the await:
//!
//! ```text
//! panic: task 0 `main` panicked at tests/uploads.rs:22:27: assertion `left == right` failed
//!   left: 3
//!  right: 4
//!   `at_every_await` at uploads.rs:20: the future was dropped at its await number 1 while it waited, and then checked:
//!       uploads.rs:11  put  <- uploads.rs:21  a_dropped_upload_frees_its_slot
//!       waits in tokio::task::yield_now::yield_now
//! ```
//!
//! # Which awaits there are
//! An await is where the future's `poll` returns `Pending`; one that is ready at once is none, and nothing can be dropped
//! there. Under a schedule that preempts, though, an operation of tokio may give way although it is ready, as tokio itself
//! has it in a busy task: then it is one, too. So different schedules have different awaits, and a test that runs under many
//! comes to them all; with `preempt = false` there are only those at which the future really waits.
//!
//! It is dropped as soon as it waits, or, where the schedule says so, only once it was woken: what it was woken with, such as
//! a permit or a message, must not be lost either.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use crate::internal::lock;

use crate::report::{short, waiting};
use crate::sim::{Decider, Sim, TaskStack};

/// At how many awaits a future is dropped, one after the other. Behind that it is taken for one that never ends: as each time
/// it begins anew, there have been tens of thousands of polls by then.
const MOST_AWAITS: usize = 200;

/// Drops a future at each of its awaits in turn, and has `check` look what it left behind.
///
/// `make` makes the future anew each time; first one is dropped before it is polled at all, then one at its first await, then
/// one at its second, and so on, until one is over before. The other tasks of the simulation run as usual meanwhile. After
/// each that is dropped, `check` runs; it may await, to let others come to rest ([`Sim::settle`]), for example.
///
/// Returns at how many awaits a future was dropped.
///
/// What is tested stays the same from one time to the next: [`at_every_await_of`] makes that anew, too. See the
/// [module](self) for an example, and for which awaits there are.
///
/// # Panics
/// Outside of a simulation; and if a future is not over after 200 awaits. One that waits for what never comes is a deadlock
/// of the test.
#[track_caller]
pub fn at_every_await<T>(
    mut make: impl AsyncFnMut() -> T,
    mut check: impl AsyncFnMut(),
) -> impl Future<Output = usize> {
    let mut awaits = Awaits::new(Location::caller());
    async move {
        while awaits.drop_at_next(make()).await {
            check().await;
            awaits.last.passed();
        }
        awaits.count()
    }
}

/// [`at_every_await`], with what is tested made anew each time, by `build`.
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
///             tokio::task::yield_now().await; // nothing is done yet
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
/// As [`at_every_await`] does.
#[track_caller]
pub fn at_every_await_of<S, T>(
    mut build: impl AsyncFnMut() -> S,
    mut make: impl AsyncFnMut(&S) -> T,
    mut check: impl AsyncFnMut(&S),
) -> impl Future<Output = usize> {
    let mut awaits = Awaits::new(Location::caller());
    async move {
        loop {
            let tested = build().await;
            if !awaits.drop_at_next(make(&tested)).await {
                return awaits.count();
            }
            check(&tested).await;
            awaits.last.passed();
        }
    }
}

/// The awaits at which futures are dropped, one after the other.
struct Awaits {
    site: &'static Location<'static>,
    decider: Decider,
    /// The number of the next.
    next: usize,
    last: Last,
}

impl Awaits {
    #[track_caller]
    fn new(site: &'static Location<'static>) -> Self {
        let decider = Decider::new("where `cancel::at_every_await` drops a future");
        Awaits { site, decider, next: 0, last: Last::exhibited(site) }
    }

    /// Drops a future at the next await. Returns whether it was dropped, as it may be over before.
    async fn drop_at_next<F: Future>(&mut self, future: F) -> bool {
        let number = self.next;
        let site = self.site;
        assert!(
            number <= MOST_AWAITS,
            "the future of `at_every_await` at {site} is not over after {MOST_AWAITS} awaits: it has no end, or it has too \
             much to do to begin anew for each await. Have `make` return one that ends, with less to do"
        );
        let is_late = number > 0 && self.decider.decide(number, 2, |_| late(number)) == 1;
        let future = Some(Box::pin(future));
        let is_dropped = Until { future, number, awaits: 0, is_late, stack: None, last: &self.last }.await;
        match is_dropped {
            true => self.next += 1,
            false => self.last.set(None),
        }
        is_dropped
    }

    /// At how many awaits one was dropped. That before the first poll is none.
    fn count(&self) -> usize {
        self.next - 1
    }
}

fn late(number: usize) -> String {
    format!("dropped the future of `at_every_await` at its await number {number} only once it was woken")
}

/// A future until its await number `number`, where it is dropped. Returns whether it was; it may be over before.
struct Until<'a, F> {
    /// None once it is over or dropped. Boxed, so that it can be dropped before its holder.
    future: Option<Pin<Box<F>>>,
    number: usize,
    /// How many there have been.
    awaits: usize,
    is_late: bool,
    stack: Option<TaskStack>,
    last: &'a Last,
}

impl<F> Until<'_, F> {
    fn drop_future(&mut self) -> Poll<bool> {
        let (number, is_late) = (self.number, self.is_late);
        self.last.set(Some(Await { number, is_late, stack: self.stack.take(), is_checked: false }));
        self.future = None;
        Poll::Ready(true)
    }
}

impl<F: Future> Future for Until<'_, F> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let this = &mut *self;
        // Whether it is ready without a wake is its own affair.
        let is_probe = Sim::current().world().is_probing.get();
        if this.awaits == this.number && !is_probe {
            return this.drop_future();
        }
        let future = this.future.as_mut().expect("it is not polled after its end");
        if future.as_mut().poll(context).is_ready() {
            this.future = None;
            return Poll::Ready(false);
        }
        this.awaits += usize::from(!is_probe);
        if this.awaits < this.number || is_probe {
            return Poll::Pending;
        }
        this.stack = Sim::current().stack();
        if this.is_late { Poll::Pending } else { this.drop_future() }
    }
}

/// An await at which a future was dropped.
struct Await {
    number: usize,
    /// Whether it was woken by then.
    is_late: bool,
    stack: Option<TaskStack>,
    /// Whether the check behind it has passed.
    is_checked: bool,
}

/// The last await at which a future was dropped, as a report shows it; none before the first, and once all is over.
#[derive(Clone, Default)]
struct Last(Arc<Mutex<Option<Await>>>);

impl Last {
    fn exhibited(site: &'static Location<'static>) -> Self {
        let last = Last::default();
        let shown = last.clone();
        Sim::current().world().exhibit(move |_| {
            let told = lock(&shown.0).as_ref().map(ToString::to_string);
            told.map(|told| format!("`at_every_await` at {}:{}: {told}", short(site.file()), site.line()))
        });
        last
    }

    fn set(&self, at: Option<Await>) {
        *lock(&self.0) = at;
    }

    fn passed(&self) {
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
            (number, false) => write!(f, "at its await number {number} while it waited")?,
            (number, true) => write!(f, "at its await number {number} once it was woken")?,
        }
        f.write_str(if *is_checked { ", and passed its check; now another one runs" } else { ", and then checked" })?;
        let Some(mut stack) = stack.clone() else { return Ok(()) };
        // Behind this, nothing is the future's.
        let end = stack.frames.iter().position(|frame| frame.function.contains("testkit::cancel::"));
        stack.frames.truncate(end.unwrap_or(stack.frames.len()));
        let waiting = waiting(&stack);
        let frames: Vec<_> = waiting.frames.iter().map(|(place, function)| format!("{place}  {function}")).collect();
        if !frames.is_empty() {
            write!(f, ":\n    {}", frames.join("  <- "))?;
        }
        match waiting.primitive {
            Some(primitive) => write!(f, "\n    waits in {primitive}"),
            None => Ok(()),
        }
    }
}
