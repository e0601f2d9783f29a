//! What the outside does to streams, sinks, readers and writers: short reads, spurious `Pending`, delays, errors. The
//! schedule decides.

mod fault;
mod items;
mod read;
mod turn;
mod write;

use std::fmt;
use std::panic::Location;
use std::time::Duration;

pub use fault::{ErrorsBy, Fault, NoErrors};
use pin_project_lite::pin_project;
use read::Held;
use turn::{Errors, Rules, Turn};

use crate::internal::file_name;

/// Wraps a `Stream`, `Sink`, `AsyncRead`, `AsyncWrite` or `AsyncBufRead`, and has the schedule decide how it behaves, within
/// what its trait allows.
///
/// By default reads and writes may be short, and any operation may be pending once although it is ready, with a wake at once.
/// Delays and errors are there where they are asked for. In the first schedule nothing unusual happens; a failure is
/// shrunk to what it needs.
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
/// Its report says why:
///
/// ```text
///   schedule 7 of 200; 3 choices shrunk to 1:
///     step 1  the read at byte 0 of `server` returned 1 byte
/// ```
///
/// # Panics
/// Outside of a simulation, whose schedule decides.
#[track_caller]
pub fn chaos<T>(inner: T) -> Chaos<T> {
    let place = Location::caller();
    let name = format!("`chaos` at {}:{}", file_name(place.file()), place.line());
    Chaos {
        inner,
        rules: Rules { name, is_short: true, is_pending: true, delay: None },
        errors: NoErrors,
        reads: Turn::new(),
        writes: Turn::new(),
        flushes: Turn::new(),
        held: Held::default(),
    }
}

pin_project! {
    /// What [`chaos`] wraps.
    ///
    /// It is a `Stream`, a `Sink`, an `AsyncRead`, an `AsyncWrite` and an `AsyncBufRead` where what is wrapped is. What it
    /// has taken from there and not handed on yet is lost by [`into_inner`](Chaos::into_inner).
    #[must_use = "it is to be used in place of what it wraps"]
    pub struct Chaos<T, F = NoErrors> {
        #[pin]
        inner: T,
        rules: Rules,
        errors: F,
        reads: Turn,
        writes: Turn,
        // Of flushes and closing, which are behind what is written.
        flushes: Turn,
        held: Held,
    }
}

impl<T, F> Chaos<T, F> {
    /// What choices call it. Otherwise it goes by the line in which it was made.
    pub fn named(mut self, name: &str) -> Self {
        self.rules.name = format!("`{name}`");
        self
    }

    /// Whether reads and writes may move fewer bytes than they could; they may, by default.
    pub fn short(mut self, is_short: bool) -> Self {
        self.rules.is_short = is_short;
        self
    }

    /// Whether an operation may be pending once although it is ready; it may, by default.
    pub fn pending(mut self, is_pending: bool) -> Self {
        self.rules.is_pending = is_pending;
        self
    }

    /// Operations may be late by as much virtual time as `most`. By default none is.
    pub fn delays(mut self, most: Duration) -> Self {
        self.rules.delay = Some(most);
        self
    }

    /// The operation fails that reaches the byte or item number `place`, of those that are read and of those that are
    /// written each, with the error that `make` makes. What comes before it goes through, and nothing is lost: the next
    /// operation goes on from there. A stream yields the error as an item of its own.
    pub fn error_at<M>(self, place: usize, make: M) -> Chaos<T, ErrorsBy<M>> {
        self.with_errors(ErrorsBy::new(Errors::At(place), make))
    }

    /// Any operation may fail, once or several times, with the error that `make` makes.
    pub fn errors<M>(self, make: M) -> Chaos<T, ErrorsBy<M>> {
        self.with_errors(ErrorsBy::new(Errors::Anywhere, make))
    }

    fn with_errors<G>(self, errors: G) -> Chaos<T, G> {
        let Chaos { inner, rules, reads, writes, flushes, held, .. } = self;
        Chaos { inner, rules, errors, reads, writes, flushes, held }
    }

    /// What is wrapped.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// What is wrapped.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// What was wrapped.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: fmt::Debug, F> fmt::Debug for Chaos<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chaos").field("inner", &self.inner).field("name", &self.rules.name).finish_non_exhaustive()
    }
}
