//! A wrapper that injects short reads and writes, spurious `Pending`, delays and errors into streams, sinks, readers
//! and writers, as the schedule decides.

mod direction;
mod fault;
mod items;
mod read;
mod write;

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use direction::{Direction, Errors, Rules};
pub use fault::{ErrorsBy, Fault, NoErrors};
use pin_project_lite::pin_project;
use read::ReadBuffer;

use crate::internal::short_place;

/// Wraps a `Stream`, `Sink`, `AsyncRead`, `AsyncWrite` or `AsyncBufRead` and lets the schedule decide how it behaves,
/// within its trait's contract.
///
/// By default, reads and writes may be short, and any ready operation may return `Pending` once with an immediate wake.
/// Delays and errors are opt-in. Nothing unusual happens in the first schedule, and a failing schedule is shrunk to the
/// effects that it needs.
///
/// ```test_harness
/// use testkit::{Sim, chaos, io::duplex};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// #[testkit::test]
/// # #[should_panic(expected = "the read at byte 0 of `server` returned 1 byte")]
/// async fn a_length_is_two_bytes(_: Sim) {
///     let (mut client, server) = duplex().build();
///     let mut server = chaos(server).named("server");
///     client.write_all(&[1, 2]).await.unwrap();
///
///     let mut length = [0; 2];
///     server.read(&mut length).await.unwrap(); // `read_exact` would wait for both
///     assert_eq!(length, [1, 2]);
/// }
/// ```
///
/// The report of the failure names the cause:
///
/// ```text
///   schedule 7 of 200; 3 choices shrunk to 1:
///     step 1  the read at byte 0 of `server` returned 1 byte
/// ```
///
/// # Panics
/// Panics if it is called outside a simulation, because only a simulation has a schedule.
#[track_caller]
pub fn chaos<T>(inner: T) -> Chaos<T> {
    let place = Location::caller();
    let name = format!("`chaos` at {}", short_place(place.file(), place.line()));
    Chaos {
        inner,
        rules: Rules { name, is_short: true, is_pending: true, delay: None },
        errors: NoErrors,
        reads: Direction::new(),
        writes: Direction::new(),
        flushes: Direction::new(),
        read_buffer: ReadBuffer::default(),
    }
}

pin_project! {
    /// A value wrapped by [`chaos`].
    ///
    /// Implements each of `Stream`, `Sink`, `AsyncRead`, `AsyncWrite` and `AsyncBufRead` that the wrapped value
    /// implements. [`into_inner`](Chaos::into_inner) loses bytes that were read from the wrapped value but not yet
    /// returned.
    #[must_use = "use it in place of the value that it wraps"]
    pub struct Chaos<T, F = NoErrors> {
        #[pin]
        inner: T,
        rules: Rules,
        errors: F,
        reads: Direction,
        writes: Direction,
        // Flushes and closes. They take their position from `writes`.
        flushes: Direction,
        read_buffer: ReadBuffer,
    }
}

impl<T, F> Chaos<T, F> {
    /// Sets its name in the report of choices. The default is the source line of the call to [`chaos`].
    pub fn named(mut self, name: &str) -> Self {
        self.rules.name = format!("`{name}`");
        self
    }

    /// Sets whether reads and writes may move fewer bytes than they could. On by default.
    pub fn short(mut self, is_short: bool) -> Self {
        self.rules.is_short = is_short;
        self
    }

    /// Sets whether a ready operation may return `Pending` once. On by default.
    pub fn pending(mut self, is_pending: bool) -> Self {
        self.rules.is_pending = is_pending;
        self
    }

    /// Allows delays of up to `max` of virtual time for each operation. Off by default.
    pub fn delays(mut self, max: Duration) -> Self {
        self.rules.delay = Some(max);
        self
    }

    /// Fails the operation that reaches byte or item number `position`, with the error that `make` returns. Reads and
    /// writes are counted separately. Everything before that position goes through and nothing is lost: the next
    /// operation continues from there. A stream yields the error as an extra item.
    pub fn error_at<M>(self, position: usize, make: M) -> Chaos<T, ErrorsBy<M>> {
        self.with_errors(ErrorsBy::new(Errors::At(position), make))
    }

    /// Allows any operation to fail, any number of times, with the error that `make` returns.
    pub fn errors<M>(self, make: M) -> Chaos<T, ErrorsBy<M>> {
        self.with_errors(ErrorsBy::new(Errors::Anywhere, make))
    }

    fn with_errors<G>(self, errors: G) -> Chaos<T, G> {
        let Chaos { inner, rules, reads, writes, flushes, read_buffer, .. } = self;
        Chaos { inner, rules, errors, reads, writes, flushes, read_buffer }
    }

    /// Returns a reference to the wrapped value.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// Returns a mutable reference to the wrapped value.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Returns the wrapped value.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: fmt::Debug, F> fmt::Debug for Chaos<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chaos").field("inner", &self.inner).field("name", &self.rules.name).finish_non_exhaustive()
    }
}
