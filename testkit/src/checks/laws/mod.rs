//! Laws for hand-written `poll` code: what futures, streams, sinks, readers and writers must do, whoever polls them.
//!
//! A `poll` that works under one executor may hang under another. Each function here takes a function that makes a subject,
//! and polls subjects of it in all ways that the trait allows: without a wake, with a new waker each time, in buffers of all
//! sizes, dropped while it waits and once it was woken, and with what it waits for happening just between its look and the
//! leaving of its waker.
//!
//! ```
//! use std::future::poll_fn;
//! use std::sync::{Arc, Mutex};
//! use std::task::{Poll, Waker};
//! use testkit::laws::{self, Law};
//!
//! /// A flag, and who waits for it.
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
//!             // It may be set just here, and wakes nobody.
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
//! Its report has the polls in a table:
//!
//! ```text
//! law ChecksAgain is broken: it must look again once it has left its waker: what it waits for may come just between
//!   seen     event 1 happened after it had looked, and before it had left waker A: it was ready, and nobody woke it
//!   advice   look and store the waker under one lock; or store it first, and look then
//!   checked  at flag.rs:38
//!           poll                              waker  result
//!        1  poll                              A      pending
//!             - event 1 happened while waker A was cloned
//!        2  poll, to see whether it is ready  B      ready: ()
//! ```
//!
//! What a subject waits for is told by [`Case::then`]; timers of tokio go off by themselves, on a paused clock, and tasks of
//! `tokio::spawn` run. Whatever blocks, spins or never ends is a report, too, and no hang.
//!
//! [`laws!`](crate::laws!) makes tests of it in one line each, [`for_all`] has proptest make the inputs.

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
mod run;
mod sink;
mod stream;
mod subject;
mod wait;
mod waker;
mod watch;
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

/// Makes a subject anew. The number is of how its buffers are sized, and the like.
type Make = dyn Fn(&mut Case, usize) -> Box<dyn Subject> + Send;

/// Checks a future. What it comes to is compared by its `Debug` text.
#[track_caller]
pub fn future<F>(make: impl Fn(&mut Case) -> F + Send + 'static) -> Laws
where
    F: Future<Output: Debug> + 'static,
{
    Laws::new(Location::caller(), move |case, _| Box::new(future::FutureSubject::new(make(case))))
}

/// Checks a stream, to its end. Its items are compared by their `Debug` text.
#[track_caller]
pub fn stream<S>(make: impl Fn(&mut Case) -> S + Send + 'static) -> Laws
where
    S: Stream<Item: Debug> + 'static,
{
    Laws::new(Location::caller(), move |case, _| Box::new(stream::StreamSubject::new(make(case))))
}

/// Checks a sink, which is sent `items`, flushed now and then, and closed. What has arrived is compared with what it took, if
/// the case tells it by [`Case::received`].
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

/// Checks a reader, to its end, in buffers of different sizes.
#[track_caller]
pub fn read<R>(make: impl Fn(&mut Case) -> R + Send + 'static) -> Laws
where
    R: AsyncRead + 'static,
{
    Laws::new(Location::caller(), move |case, variant| Box::new(read::ReadSubject::new(make(case), variant)))
}

/// Checks a buffered reader, to its end, of which different parts are consumed.
#[track_caller]
pub fn buf_read<R>(make: impl Fn(&mut Case) -> R + Send + 'static) -> Laws
where
    R: AsyncBufRead + 'static,
{
    Laws::new(Location::caller(), move |case, variant| Box::new(buf_read::BufReadSubject::new(make(case), variant)))
}

/// Checks a writer, which is given 300 bytes in pieces of different sizes, flushed now and then, and shut down. What has
/// arrived is compared with what it took, if the case tells it by [`Case::received`].
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
