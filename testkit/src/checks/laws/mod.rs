//! Laws for hand-written `poll` code: rules that futures, streams, sinks, readers and writers must follow under any
//! executor.
//!
//! A `poll` that works under one executor may hang under another. Each function in this module takes a function that
//! makes a *subject*, the value under test, and polls new subjects in all ways that the trait allows:
//!
//! - without a wake (a *spurious poll*), and with a new waker for each poll;
//! - with buffers of different sizes;
//! - dropped while it waits, and after it was woken;
//! - with an event that happens between its check and the storing of its waker.
//!
//! ```
//! use std::future::poll_fn;
//! use std::sync::{Arc, Mutex};
//! use std::task::{Poll, Waker};
//! use testkit::laws::{self, Law};
//!
//! /// A flag, and the task that waits for it.
//! #[derive(Default)]
//! struct Flag { is_set: Mutex<bool>, waiting: Mutex<Option<Waker>> }
//!
//! impl Flag {
//!     fn set(&self) {
//!         *self.is_set.lock().unwrap() = true;
//!         if let Some(waker) = self.waiting.lock().unwrap().take() {
//!             waker.wake();
//!         }
//!     }
//!
//!     async fn wait(self: Arc<Self>) {
//!         poll_fn(|context| {
//!             if *self.is_set.lock().unwrap() {
//!                 return Poll::Ready(());
//!             }
//!             // Bug: if the flag is set here, nothing is woken.
//!             *self.waiting.lock().unwrap() = Some(context.waker().clone());
//!             Poll::Pending
//!         }).await
//!     }
//! }
//!
//! let broken = laws::future(|case| {
//!     let flag = Arc::new(Flag::default());
//!     let set = flag.clone();
//!     case.then(move || set.set());
//!     flag.wait()
//! }).verdict().unwrap_err();
//! assert_eq!(broken.law(), Law::ChecksAgain);
//! ```
//!
//! The report shows the polls in a table:
//!
//! ```text
//! law ChecksAgain is broken: it must check again after storing its waker, as it may become ready in between
//!   seen     event 1 happened after its check and before it stored waker A: it was ready, but was not woken
//!   advice   check and store the waker under one lock, or store it first and then check
//!   checked  at flag.rs:38
//!           poll                              waker  result
//!        1  poll                              A      pending
//!             - event 1 happened while waker A was cloned
//!        2  poll, to see whether it is ready  B      ready: ()
//! ```
//!
//! [`Case::then`] adds the events that a subject waits for. Tokio timers fire by themselves, on a paused clock, and
//! tasks spawned with `tokio::spawn` run. A subject that blocks, spins or never ends is reported as well, instead of
//! hanging the test.
//!
//! [`laws!`](crate::laws!) declares a test in a few lines, and [`for_all`] generates inputs with proptest.

mod broken;
mod buf_read;
mod case;
mod check;
mod future;
mod history;
mod inputs;
mod law;
mod macros;
mod outcome;
mod race;
mod read;
mod runner;
mod sink;
mod stream;
mod subject;
mod wait;
mod waker;
mod watchdog;
mod write;

use std::fmt::Debug;
use std::panic::Location;

use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite};

pub use broken::Broken;
pub use case::Case;
pub use check::Laws;
pub use inputs::for_all;
pub use law::Law;

use subject::Subject;

/// Function that makes a new subject. The number selects a variant, such as its buffer sizes.
type Make = dyn Fn(&mut Case, usize) -> Box<dyn Subject> + Send;

/// Checks a future. Outputs are compared by their `Debug` text.
#[track_caller]
pub fn future<F>(make: impl Fn(&mut Case) -> F + Send + 'static) -> Laws
where
    F: Future<Output: Debug> + 'static,
{
    Laws::new(Location::caller(), move |case, _| Box::new(future::FutureSubject::new(make(case))))
}

/// Checks a stream to its end. Items are compared by their `Debug` text.
#[track_caller]
pub fn stream<S>(make: impl Fn(&mut Case) -> S + Send + 'static) -> Laws
where
    S: Stream<Item: Debug> + 'static,
{
    Laws::new(Location::caller(), move |case, _| Box::new(stream::StreamSubject::new(make(case))))
}

/// Checks a sink: sends it `items`, flushes it now and then, and closes it. If the case sets [`Case::received`], the
/// delivered items are compared with the accepted ones.
#[track_caller]
pub fn sink<S, T>(items: impl IntoIterator<Item = T>, make: impl Fn(&mut Case) -> S + Send + 'static) -> Laws
where
    S: Sink<T, Error: Debug> + 'static,
    T: Clone + Debug + Send + 'static,
{
    let items: Vec<T> = items.into_iter().collect();
    Laws::new(Location::caller(), move |case, variant| {
        let sink = make(case);
        Box::new(sink::SinkSubject::new(sink, items.clone(), case.received.take(), variant))
    })
}

/// Checks a reader to its end, with buffers of different sizes.
#[track_caller]
pub fn read<R>(make: impl Fn(&mut Case) -> R + Send + 'static) -> Laws
where
    R: AsyncRead + 'static,
{
    Laws::new(Location::caller(), move |case, variant| Box::new(read::ReadSubject::new(make(case), variant)))
}

/// Checks a buffered reader to its end, consuming different amounts at a time.
#[track_caller]
pub fn buf_read<R>(make: impl Fn(&mut Case) -> R + Send + 'static) -> Laws
where
    R: AsyncBufRead + 'static,
{
    Laws::new(Location::caller(), move |case, variant| Box::new(buf_read::BufReadSubject::new(make(case), variant)))
}

/// Checks a writer: writes 300 bytes in pieces of different sizes, flushes it now and then, and shuts it down. If the
/// case sets [`Case::received`], the delivered bytes are compared with the accepted ones.
#[track_caller]
pub fn write<W>(make: impl Fn(&mut Case) -> W + Send + 'static) -> Laws
where
    W: AsyncWrite + 'static,
{
    Laws::new(Location::caller(), move |case, variant| {
        let writer = make(case);
        Box::new(write::WriteSubject::new(writer, case.received.take(), variant))
    })
}
