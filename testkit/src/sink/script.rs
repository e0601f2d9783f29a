use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_sink::Sink;

use super::expected::Expected;
use super::received::Received;
use crate::gate::Gate;
use crate::pause::{Origin, Pause, Pausing, counted};

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
    Script {
        origin: Origin { what: "sink", place: Location::caller() },
        steps: VecDeque::new(),
        taken: 0,
        pausing: None,
        received: Received::new(),
        is_ready: false,
        is_closed: false,
        has_failed: false,
        may_be_dropped: false,
    }
}

/// A sink that expects what its script says. [`script`] begins one; each method adds a step.
///
/// An item that is sent is received at once, and counts as flushed by the next flush. A flush is always taken, and at once,
/// unless the script says otherwise; a close only where the script says so.
///
/// # Panics
/// When it is sent or told what the script does not say; when an item is sent without the room that `poll_ready` gives; and
/// when dropped with steps left, or with items that were never flushed, unless it has failed or the thread is panicking
/// already. All name the step and the line that began the script.
#[must_use = "a script is a sink, to be given to what is tested"]
pub struct Script<T, E> {
    origin: Origin,
    /// What is to come.
    steps: VecDeque<Step<T, E>>,
    /// How many steps are done.
    taken: usize,
    /// The step between the two, if it is waited for.
    pausing: Option<Pausing>,
    received: Received<T>,
    /// Whether there is room for one item, as `poll_ready` has told.
    is_ready: bool,
    is_closed: bool,
    has_failed: bool,
    may_be_dropped: bool,
}

enum Step<T, E> {
    Item(Expected<T>),
    Pause(Pause),
    Error(E),
    SendError(E),
    Flush,
    FlushError(E),
    Close,
    CloseError(E),
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
        self.may_be_dropped = true;
        self
    }

    /// What has been received, to be looked at while the sink is in use, and after it.
    pub fn received(&self) -> Received<T> {
        self.received.clone()
    }

    fn step(mut self, step: Step<T, E>) -> Self {
        self.steps.push_back(step);
        self
    }

    /// `step 2 of 5`, of the one that comes next.
    fn position(&self) -> String {
        format!("step {} of {}", self.taken + 1, self.count())
    }

    /// How many steps there are.
    fn count(&self) -> usize {
        self.taken + usize::from(self.pausing.is_some()) + self.steps.len()
    }

    /// Takes the next step.
    fn take(&mut self) -> Option<Step<T, E>> {
        let step = self.steps.pop_front()?;
        self.taken += 1;
        Some(step)
    }

    /// The next step that is no pause.
    fn next(&self) -> Option<&Step<T, E>> {
        self.steps.iter().find(|step| !matches!(step, Step::Pause(_)))
    }

    /// Ready once all pauses before the next step are over.
    fn poll_pauses(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(pausing) = &mut self.pausing {
                ready!(pausing.poll(context));
                self.pausing = None;
                self.taken += 1;
            }
            match self.steps.pop_front() {
                Some(Step::Pause(pause)) => self.pausing = Some(pause.begin(self.origin)),
                Some(step) => {
                    self.steps.push_front(step);
                    return Poll::Ready(());
                }
                None => return Poll::Ready(()),
            }
        }
    }

    fn failed(&mut self, error: E) -> Poll<Result<(), E>> {
        self.has_failed = true;
        Poll::Ready(Err(error))
    }
}

/// Nothing is pinned in place.
impl<T, E> Unpin for Script<T, E> {}

impl<T, E> Sink<T> for Script<T, E> {
    type Error = E;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        assert!(!self.is_closed, "{} was asked for room after it had been closed", self.origin);
        if self.is_ready {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_pauses(context));
        match self.steps.front() {
            Some(Step::Item(_) | Step::SendError(_)) => {
                self.is_ready = true;
                Poll::Ready(Ok(()))
            }
            Some(Step::Error(_)) => match self.take() {
                Some(Step::Error(error)) => self.failed(error),
                _ => unreachable!("it is the first step"),
            },
            Some(step) => panic!(
                "{} was asked for room for another item in {}, which expects {}",
                self.origin,
                self.position(),
                step.described()
            ),
            None => {
                panic!("{} was asked for room for another item past its {}", self.origin, counted(self.count(), "step"))
            }
        }
    }

    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), E> {
        assert!(
            self.is_ready,
            "{} was sent an item for which it had no room: each `start_send` needs a `poll_ready` before it that has \
             returned `Ready(Ok(()))`",
            self.origin
        );
        self.is_ready = false;
        let position = self.position();
        match self.take() {
            Some(Step::Item(mut expected)) => {
                if let Some(sent) = expected.differs(&item) {
                    panic!(
                        "{} was sent something else in {position}\n  expected: {}\n  received: {sent}",
                        self.origin, expected.what
                    );
                }
                self.received.push(item);
                Ok(())
            }
            Some(Step::SendError(error)) => {
                self.has_failed = true;
                Err(error)
            }
            _ => unreachable!("there is room where an item is expected only"),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        if matches!(self.next(), Some(Step::Flush | Step::FlushError(_))) {
            ready!(self.poll_pauses(context));
            if let Some(Step::FlushError(error)) = self.take() {
                return self.failed(error);
            }
        }
        self.received.flush();
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        while !self.is_closed {
            match self.next() {
                Some(Step::Flush | Step::FlushError(_) | Step::Close | Step::CloseError(_)) => {}
                Some(step) => {
                    panic!("{} was closed in {}, while it expects {}", self.origin, self.position(), step.described())
                }
                None => panic!(
                    "{} was closed past its {}; if it is to be closed there, add `.close()`",
                    self.origin,
                    counted(self.count(), "step")
                ),
            }
            ready!(self.poll_pauses(context));
            match self.take() {
                Some(Step::FlushError(error) | Step::CloseError(error)) => return self.failed(error),
                Some(Step::Close) => self.is_closed = true,
                _ => {}
            }
        }
        self.received.flush();
        Poll::Ready(Ok(()))
    }
}

impl<T, E> Step<T, E> {
    fn described(&self) -> String {
        match self {
            Step::Item(expected) => format!("an item: {}", expected.what),
            Step::Pause(pause) => pause.to_string(),
            Step::Error(_) | Step::SendError(_) => "another item, to fail".to_owned(),
            Step::Flush => "a flush".to_owned(),
            Step::FlushError(_) => "a flush, to fail".to_owned(),
            Step::Close => "to be closed".to_owned(),
            Step::CloseError(_) => "to be closed, to fail".to_owned(),
        }
    }
}

impl<T, E> fmt::Debug for Script<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("place", &format_args!("{}", self.origin.place))
            .field("taken", &self.taken)
            .field("left", &(self.count() - self.taken))
            .field("received", &self.received.count())
            .field("flushed", &self.received.flushed())
            .finish()
    }
}

impl<T, E> Drop for Script<T, E> {
    fn drop(&mut self) {
        if self.may_be_dropped || std::thread::panicking() {
            return;
        }
        let next = match (&self.pausing, self.steps.front()) {
            (Some(pausing), _) => Some(format!("step {} {pausing}", self.taken + 1)),
            (None, Some(step)) => Some(format!("the next one expects {}", step.described())),
            (None, None) => None,
        };
        if let Some(next) = next {
            let steps = counted(self.count(), "step");
            panic!("{} was dropped after {} of its {steps}; {next}", self.origin, self.taken);
        }
        let unflushed = self.received.count() - self.received.flushed();
        if unflushed > 0 && !self.has_failed {
            panic!("{} was dropped with {} sent and never flushed", self.origin, counted(unflushed, "item"));
        }
    }
}
