use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_sink::Sink;

use super::expected::Expected;
use super::received::Received;
use super::scripted::{Scripted, Step};
use crate::fakes::gate::Gate;
use crate::fakes::pause::{Origin, Pause};

/// Begins the script of a sink: what it is to be sent, in order, and how it takes it.
///
/// The type of its errors is named here, if nothing else tells it.
///
/// ```
/// use std::io;
/// use std::time::Duration;
/// use futures_util::{SinkExt, StreamExt, stream};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let sink = testkit::sink::script::<_, io::Error>()
///     .item(1)
///     .item_where("an even number", |item| item % 2 == 0)
///     .wait(Duration::from_secs(5)) // it is full for a while
///     .any(2)
///     .close();
/// let received = sink.received();
///
/// stream::iter([1, 8, 3, 4]).map(Ok).forward(sink).await.unwrap();
/// assert_eq!(received.take(), [1, 8, 3, 4]);
/// # }
/// ```
///
/// A sink that fails:
///
/// ```
/// use futures_util::SinkExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let mut sink = testkit::sink::script().item("first").error("connection reset");
/// assert_eq!(sink.send("first").await, Ok(()));
/// assert_eq!(sink.send("second").await, Err("connection reset"));
/// # }
/// ```
#[track_caller]
pub fn script<T, E>() -> Script<T, E> {
    Script { sink: Scripted::new(Origin { what: "sink", place: Location::caller() }) }
}

/// A sink that expects what its script says. [`script`] begins one; each method adds a step.
///
/// An item that is sent is received at once, and counts as flushed by the next flush. A flush is always taken, and at once,
/// unless the script says otherwise; a close only where the script says so.
///
/// It is the sink already, to be given to what is tested. A test that itself calls `flush` or `close` of `SinkExt`, whose names
/// are steps here, calls [`build`](Script::build) before.
///
/// # Panics
/// When it is sent or told what the script does not say; when an item is sent without the room that `poll_ready` gives; and
/// when dropped with steps left, or with items that were never flushed, unless it has failed or the thread is panicking
/// already. All name the step and the line that began the script.
#[must_use = "a script is a sink, to be given to what is tested"]
pub struct Script<T, E> {
    sink: Scripted<T, E>,
}

impl<T, E> Script<T, E> {
    /// Expects an item that equals `item`.
    pub fn item(self, item: T) -> Self
    where
        T: PartialEq + fmt::Debug + Send + 'static,
    {
        self.step(Step::Item(Expected::value(item)))
    }

    /// Expects items that equal `items`, one after the other.
    pub fn items(self, items: impl IntoIterator<Item = T>) -> Self
    where
        T: PartialEq + fmt::Debug + Send + 'static,
    {
        items.into_iter().fold(self, Script::item)
    }

    /// Expects an item for which `is_it` holds. `what` says what that is, for a report: `an even number`.
    pub fn item_where(self, what: &str, is_it: impl FnMut(&T) -> bool + Send + 'static) -> Self
    where
        T: fmt::Debug,
    {
        self.step(Step::Item(Expected::matching(what, is_it)))
    }

    /// Expects `count` items of any value.
    pub fn any(self, count: usize) -> Self {
        (0..count).fold(self, |script, _| script.step(Step::Item(Expected::any())))
    }

    /// Has no room for `time` of tokio's clock, which a test may have paused, from the poll on that comes to it; before a
    /// flush or a close, that takes so long. That poll panics if there is no tokio runtime.
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Pause(Pause::Time(time)))
    }

    /// Has no room until the test lets it pass `gate`; before a flush or a close, that takes so long. It needs no runtime.
    ///
    /// ```
    /// use futures_util::{SinkExt, StreamExt, stream};
    /// use testkit::Gate;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let full = Gate::new();
    /// let sink = testkit::sink::script::<_, ()>().any(1).pending(&full).any(1).close();
    /// let received = sink.received();
    /// let sending = tokio::spawn(stream::iter(["first", "second"]).map(Ok).forward(sink));
    ///
    /// full.reached().await;
    /// assert_eq!(received.take(), ["first"]);
    /// full.release();
    /// sending.await.unwrap().unwrap();
    /// assert_eq!(received.take(), ["second"]);
    /// # }
    /// ```
    pub fn pending(self, gate: &Gate) -> Self {
        self.step(Step::Pause(Pause::Gate(gate.clone())))
    }

    /// Expects that another item is to be sent, and fails instead of making room for it: in `poll_ready`.
    pub fn error(self, error: E) -> Self {
        self.step(Step::Error(error))
    }

    /// Makes room for an item, whatever it is, and fails when that is sent: in `start_send`.
    pub fn send_error(self, error: E) -> Self {
        self.step(Step::SendError(error))
    }

    /// Expects a flush before any more items. A close is one, too.
    pub fn flush(self) -> Self {
        self.step(Step::Flush)
    }

    /// Expects a flush, and fails it. What was sent is then never flushed.
    pub fn flush_error(self, error: E) -> Self {
        self.step(Step::FlushError(error))
    }

    /// Expects to be closed. Once more is taken, too.
    pub fn close(self) -> Self {
        self.step(Step::Close)
    }

    /// Expects to be closed, and fails.
    pub fn close_error(self, error: E) -> Self {
        self.step(Step::CloseError(error))
    }

    /// Lets it be dropped at any time, without a report of what was not sent or flushed: where the producer is cancelled, for
    /// example.
    pub fn may_be_dropped(mut self) -> Self {
        self.sink.may_be_dropped = true;
        self
    }

    /// What has been received, to be looked at while the sink is in use, and after it.
    pub fn received(&self) -> Received<T> {
        self.sink.received()
    }

    /// The sink without the methods that add steps.
    ///
    /// ```
    /// use futures_util::SinkExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let mut sink = testkit::sink::script::<_, ()>().item(1).flush().close().build();
    /// sink.feed(1).await.unwrap();
    /// sink.flush().await.unwrap();
    /// sink.close().await.unwrap();
    /// # }
    /// ```
    pub fn build(self) -> Scripted<T, E> {
        self.sink
    }

    fn step(mut self, step: Step<T, E>) -> Self {
        self.sink.steps.push_back(step);
        self
    }
}

/// Nothing is pinned in place.
impl<T, E> Unpin for Script<T, E> {}

impl<T, E> Sink<T> for Script<T, E> {
    type Error = E;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        Pin::new(&mut self.sink).poll_ready(context)
    }

    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), E> {
        Pin::new(&mut self.sink).start_send(item)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        Pin::new(&mut self.sink).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        Pin::new(&mut self.sink).poll_close(context)
    }
}

impl<T, E> fmt::Debug for Script<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sink.fmt(f)
    }
}
