//! Builder of sink scripts: the expected items and calls, and how the sink handles them.

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

/// Starts the script of a sink: the items that it expects, in order, and how it handles them.
///
/// Name the error type here if it cannot be inferred.
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
///     .wait(Duration::from_secs(5)) // the sink is full for 5 s
///     .any(2)
///     .close();
/// let received = sink.received();
///
/// stream::iter([1, 8, 3, 4]).map(Ok).forward(sink).await.unwrap();
/// assert_eq!(received.take(), [1, 8, 3, 4]);
/// # }
/// ```
///
/// A failing sink:
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
    Script { sink: Scripted::new(Origin { kind: "sink", place: Location::caller() }) }
}

/// A sink that follows a script of expected items. [`script`] starts the script, and each method adds a step.
///
/// A sent item counts as received immediately, and as flushed after the next flush. A flush succeeds immediately unless
/// the script has another step for it. A close succeeds only where the script expects it.
///
/// The script itself is the sink to pass to the code under test. The steps `flush` and `close` shadow methods of
/// `SinkExt`. A test that calls those methods itself must call [`build`](Script::build) first.
///
/// # Panics
/// Panics on an item or call that the script does not expect, and on an item sent before `poll_ready` returned
/// `Ready(Ok(()))`. Also panics if it is dropped with steps left or unflushed items, unless the sink has failed or the
/// thread is already panicking. Each message names the step and the source line that started the script.
#[must_use = "pass the script to the code under test"]
pub struct Script<T, E> {
    sink: Scripted<T, E>,
}

impl<T, E> Script<T, E> {
    /// Expects an item equal to `item`.
    pub fn item(self, item: T) -> Self
    where
        T: PartialEq + fmt::Debug + Send + 'static,
    {
        self.step(Step::Item(Expected::value(item)))
    }

    /// Expects items equal to `items`, in order.
    pub fn items(self, items: impl IntoIterator<Item = T>) -> Self
    where
        T: PartialEq + fmt::Debug + Send + 'static,
    {
        items.into_iter().fold(self, Script::item)
    }

    /// Expects an item that satisfies `predicate`. The report shows `description`, such as `an even number`.
    pub fn item_where(self, description: &str, predicate: impl FnMut(&T) -> bool + Send + 'static) -> Self
    where
        T: fmt::Debug,
    {
        self.step(Step::Item(Expected::matching(description, predicate)))
    }

    /// Expects `count` items of any value.
    pub fn any(self, count: usize) -> Self {
        (0..count).fold(self, |script, _| script.step(Step::Item(Expected::any())))
    }

    /// Keeps the sink full for `time` on tokio's clock, which a test may have paused. The wait starts with the poll
    /// that reaches this step. That poll panics outside a tokio runtime. Before a flush or close step, the wait delays
    /// that operation instead.
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Pause(Pause::Time(time)))
    }

    /// Keeps the sink full until the test releases `gate`. Before a flush or close step, the gate delays that operation
    /// instead. Needs no runtime.
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

    /// Expects another item, and fails in `poll_ready` instead of making room for it.
    pub fn error(self, error: E) -> Self {
        self.step(Step::Error(error))
    }

    /// Makes room for an item, and fails in `start_send`.
    pub fn send_error(self, error: E) -> Self {
        self.step(Step::SendError(error))
    }

    /// Expects a flush before further items. A close counts as a flush.
    pub fn flush(self) -> Self {
        self.step(Step::Flush)
    }

    /// Expects a flush and fails it. Items sent before the flush are never flushed.
    pub fn flush_error(self, error: E) -> Self {
        self.step(Step::FlushError(error))
    }

    /// Expects the sink to be closed. Closing it again also succeeds.
    pub fn close(self) -> Self {
        self.step(Step::Close)
    }

    /// Expects the sink to be closed, and fails.
    pub fn close_error(self, error: E) -> Self {
        self.step(Step::CloseError(error))
    }

    /// Allows dropping the sink with steps left or unflushed items, for example if the producer is cancelled.
    pub fn may_be_dropped(mut self) -> Self {
        self.sink.may_be_dropped = true;
        self
    }

    /// Returns a live view of the received items. It stays usable after the sink is dropped.
    pub fn received(&self) -> Received<T> {
        self.sink.received()
    }

    /// Returns the sink without the methods that add steps.
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

/// No field is structurally pinned.
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
