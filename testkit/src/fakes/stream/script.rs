//! Streams that follow a script.

use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::executor::World;
use crate::fakes::gate::Gate;
use crate::fakes::pause::{ActivePause, Origin, Pause};
use crate::internal::counted;

/// Starts the script of a stream: the items that it yields, in order.
///
/// ```
/// use std::io;
/// use futures_util::TryStreamExt;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let mut body = testkit::stream::script()
///     .item(Ok("first"))
///     .wait(Duration::from_secs(5))
///     .item(Ok("second"))
///     .error(io::Error::other("connection reset"));
///
/// assert_eq!(body.try_next().await.unwrap(), Some("first"));
/// assert_eq!(body.try_next().await.unwrap(), Some("second"));
/// assert_eq!(body.try_next().await.unwrap_err().to_string(), "connection reset");
/// # }
/// ```
#[track_caller]
pub fn script<T>() -> Script<T> {
    Script {
        origin: Origin { kind: "stream", place: Location::caller() },
        steps: VecDeque::new(),
        taken: 0,
        active_pause: None,
        terminal: None,
        may_be_dropped: false,
    }
}

/// A stream that follows a script. [`script`] starts the script, and each method adds a step.
///
/// The consumer must not poll past the last step: add [`end`](Script::end) where the stream ends. It must also read the
/// whole script, unless [`may_be_dropped`](Script::may_be_dropped) allows it to stop earlier.
///
/// # Panics
/// Panics if it is polled with no step left and no `end`. Also panics if it is dropped with steps left, unless the
/// thread is already panicking. Each message names the step and the source line that started the script.
#[must_use = "pass the script to the code under test"]
pub struct Script<T> {
    origin: Origin,
    /// The remaining steps.
    steps: VecDeque<Step<T>>,
    /// Number of finished steps.
    taken: usize,
    /// The wait or gate in progress, if any.
    active_pause: Option<ActivePause>,
    /// Set once the stream has ended or stalled.
    terminal: Option<Terminal>,
    may_be_dropped: bool,
}

enum Step<T> {
    Item(T),
    Pause(Pause),
    Terminal(Terminal),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Terminal {
    Ended,
    Stalled,
}

impl<T> Script<T> {
    /// Yields `item`.
    #[track_caller]
    pub fn item(self, item: T) -> Self {
        self.step(Step::Item(item))
    }

    /// Yields all of `items`, in order.
    #[track_caller]
    pub fn items(self, items: impl IntoIterator<Item = T>) -> Self {
        items.into_iter().fold(self, |script, item| script.step(Step::Item(item)))
    }

    /// Waits for `time` on tokio's clock, which a test may have paused. The wait starts with the poll that reaches this
    /// step. That poll panics outside a tokio runtime.
    #[track_caller]
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Pause(Pause::Time(time)))
    }

    /// Waits until the test releases `gate`. Needs no runtime.
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures_util::StreamExt;
    /// use testkit::Gate;
    ///
    /// # futures_executor::block_on(async {
    /// let gate = Gate::new();
    /// let mut body = testkit::stream::script().item(1).pending(&gate).item(2).end();
    /// assert_eq!(body.next().await, Some(1));
    ///
    /// let release = async {
    ///     gate.reached().await;
    ///     gate.release();
    /// };
    /// assert_eq!(futures_util::join!(body.next(), release).0, Some(2));
    /// assert_eq!(body.next().await, None);
    /// # });
    /// ```
    #[track_caller]
    pub fn pending(self, gate: &Gate) -> Self {
        self.step(Step::Pause(Pause::Gate(gate.clone())))
    }

    /// Ends the stream. It stays ended, however often it is polled.
    #[track_caller]
    pub fn end(self) -> Self {
        self.step(Step::Terminal(Terminal::Ended))
    }

    /// Yields no further items and does not end, like a peer that is connected but silent. The consumer must reach this
    /// step and then stop waiting, for example with a timeout.
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures_util::StreamExt;
    /// use tokio::time::timeout;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// let mut body = testkit::stream::script().item(1).stall();
    /// assert_eq!(body.next().await, Some(1));
    /// assert!(timeout(Duration::from_secs(30), body.next()).await.is_err());
    /// # }
    /// ```
    #[track_caller]
    pub fn stall(self) -> Self {
        self.step(Step::Terminal(Terminal::Stalled))
    }

    /// Allows the consumer to drop the stream with steps left, for example if it is cancelled.
    pub fn may_be_dropped(mut self) -> Self {
        self.may_be_dropped = true;
        self
    }

    #[track_caller]
    fn step(mut self, step: Step<T>) -> Self {
        if let Some(Step::Terminal(terminal)) = self.steps.back() {
            panic!("{} has an unreachable step after {}", self.origin, terminal.describe());
        }
        self.steps.push_back(step);
        self
    }
}

impl<T, E> Script<Result<T, E>> {
    /// Yields `error`.
    #[track_caller]
    pub fn error(self, error: E) -> Self {
        self.item(Err(error))
    }
}

impl Terminal {
    fn describe(self) -> &'static str {
        match self {
            Terminal::Ended => "its end",
            Terminal::Stalled => "a stall",
        }
    }
}

/// No field is structurally pinned.
impl<T> Unpin for Script<T> {}

impl<T> Stream for Script<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            if let Some(active_pause) = &mut self.active_pause {
                ready!(active_pause.poll(context));
                self.active_pause = None;
                self.taken += 1;
            }
            match self.terminal {
                Some(Terminal::Ended) => return Poll::Ready(None),
                Some(Terminal::Stalled) => return Poll::Pending,
                None => {}
            }
            let Some(step) = self.steps.pop_front() else {
                panic!(
                    "{} was read past the end of its {}-step script; if it ends there, add `.end()`",
                    self.origin, self.taken
                );
            };
            match step {
                Step::Pause(pause) => self.active_pause = Some(pause.begin(self.origin)),
                Step::Terminal(terminal) => {
                    self.taken += 1;
                    self.terminal = Some(terminal);
                }
                Step::Item(item) => {
                    self.taken += 1;
                    World::record_fake_call();
                    return Poll::Ready(Some(item));
                }
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let items = self.steps.iter().filter(|step| matches!(step, Step::Item(_))).count();
        (items, Some(items))
    }
}

impl<T> FusedStream for Script<T> {
    fn is_terminated(&self) -> bool {
        self.terminal == Some(Terminal::Ended)
    }
}

impl<T> fmt::Debug for Script<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("place", &format_args!("{}", self.origin.place))
            .field("taken", &self.taken)
            .field("left", &(self.steps.len() + usize::from(self.active_pause.is_some())))
            .finish()
    }
}

impl<T> Drop for Script<T> {
    fn drop(&mut self) {
        if self.may_be_dropped || std::thread::panicking() {
            return;
        }
        let next = match (&self.active_pause, self.steps.front()) {
            (Some(active_pause), _) => format!("step {} {active_pause}", self.taken + 1),
            (None, Some(Step::Item(_))) => "the next step is an item".to_owned(),
            (None, Some(Step::Pause(pause))) => format!("the next step is {pause}"),
            (None, Some(Step::Terminal(terminal))) => format!("the next step is {}", terminal.describe()),
            (None, None) => return,
        };
        let steps = self.taken + usize::from(self.active_pause.is_some()) + self.steps.len();
        panic!("{} was dropped after {} of its {}; {next}", self.origin, self.taken, counted(steps, "step"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, StreamExt};

    #[tokio::test(start_paused = true)]
    async fn a_script_is_followed_to_its_end() {
        let start = tokio::time::Instant::now();
        let mut stream = script().items([1, 2]).wait(Duration::from_secs(3600)).item(3).end();
        assert_eq!(stream.size_hint(), (3, Some(3)));
        assert_eq!(stream.by_ref().collect::<Vec<_>>().await, [1, 2, 3]);
        assert_eq!(start.elapsed(), Duration::from_secs(3600));
        assert_eq!(stream.next().await, None, "it stays ended");
        assert!(stream.is_terminated());
    }

    #[tokio::test]
    #[should_panic(expected = "was read past the end of its 1-step script; if it ends there, add `.end()`")]
    async fn reading_past_the_script_is_reported() {
        script().item(1).collect::<Vec<_>>().await;
    }

    #[test]
    #[should_panic(expected = "was dropped after 0 of its 2 steps; the next step is an item")]
    fn unread_steps_are_reported() {
        drop(script().item(1).end());
    }

    #[tokio::test]
    #[should_panic(expected = "was dropped after 1 of its 2 steps; the next step is its end")]
    async fn an_unread_end_is_reported() {
        let mut stream = script().item(1).end();
        assert_eq!(stream.next().await, Some(1));
    }

    #[test]
    #[should_panic(expected = "the next step is a wait of 3s")]
    fn a_wait_that_has_not_begun_is_reported() {
        drop(script::<u8>().wait(Duration::from_secs(3)));
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "was dropped after 1 of its 2 steps; step 2 is a wait of 3s that is not over")]
    async fn a_wait_that_is_not_over_is_reported() {
        let mut stream = script().item(1).wait(Duration::from_secs(3));
        assert_eq!(stream.next().await, Some(1));
        assert_eq!(stream.next().now_or_never(), None);
    }

    #[test]
    #[should_panic(expected = "was released from the gate created at ")]
    fn a_released_gate_without_another_poll_is_reported() {
        let gate = Gate::new();
        let mut stream = script().pending(&gate).item(1);
        assert_eq!(stream.next().now_or_never(), None);
        gate.release();
    }

    #[tokio::test]
    async fn an_error_may_be_the_last_step() {
        let mut stream = script().item(Ok(1)).error("reset");
        assert_eq!(stream.next().await, Some(Ok(1)));
        assert_eq!(stream.next().await, Some(Err("reset")));
    }

    #[test]
    #[should_panic(expected = "has an unreachable step after its end")]
    fn a_step_after_the_end_is_rejected() {
        drop(script().item(1).end().item(2));
    }

    #[test]
    fn debug_output_has_its_location_and_position() {
        let mut stream = script().item(1).pending(&Gate::new()).item(2).may_be_dropped();
        assert_eq!(stream.next().now_or_never(), Some(Some(1)));
        assert_eq!(stream.next().now_or_never(), None);
        let text = format!("{stream:?}");
        assert!(text.contains("script.rs:") && text.ends_with("taken: 1, left: 2 }"), "{text}");
    }
}
