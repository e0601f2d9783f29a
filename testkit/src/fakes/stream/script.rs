use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::fakes::gate::Gate;
use crate::fakes::pause::{Origin, Pause, Pausing, counted};

/// Begins the script of a stream: what it yields, in order.
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
        origin: Origin { what: "stream", place: Location::caller() },
        steps: VecDeque::new(),
        taken: 0,
        pausing: None,
        over: None,
        may_be_dropped: false,
    }
}

/// A stream that yields what its script says. [`script`] begins one; each method adds a step.
///
/// A stream that does not end by its script must not be read past it: say [`end`](Script::end) where it ends. A consumer
/// may stop reading only where the script is over, too, unless it [`may_be_dropped`](Script::may_be_dropped).
///
/// # Panics
/// When polled with no step left and no `end` before; and when dropped with steps unread, unless the thread is panicking
/// already. Both name the step and the line that began the script.
#[must_use = "a script is a stream, to be given to what is tested"]
pub struct Script<T> {
    origin: Origin,
    /// What is to come.
    steps: VecDeque<Step<T>>,
    /// How many steps are done.
    taken: usize,
    /// The step between the two, if it is waited for.
    pausing: Option<Pausing>,
    over: Option<Over>,
    may_be_dropped: bool,
}

enum Step<T> {
    Item(T),
    Pause(Pause),
    Over(Over),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Ended,
    Stalled,
}

impl<T> Script<T> {
    /// Yields `item`.
    #[track_caller]
    pub fn item(self, item: T) -> Self {
        self.step(Step::Item(item))
    }

    /// Yields all of `items`, one after the other.
    #[track_caller]
    pub fn items(self, items: impl IntoIterator<Item = T>) -> Self {
        items.into_iter().fold(self, |script, item| script.step(Step::Item(item)))
    }

    /// Waits for `time` of tokio's clock, which a test may have paused, from the poll on that comes to it. That poll panics if
    /// there is no tokio runtime.
    #[track_caller]
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Pause(Pause::Time(time)))
    }

    /// Waits at `gate` until the test lets it pass. It needs no runtime.
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
        self.step(Step::Over(Over::Ended))
    }

    /// Yields nothing any more, and does not end: the other side is there, and says nothing. The consumer has to come here,
    /// and has to give up by itself, such as by a timeout.
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
        self.step(Step::Over(Over::Stalled))
    }

    /// Lets the consumer drop it at any time, without a report of what is left unread: where it is cancelled, for example.
    pub fn may_be_dropped(mut self) -> Self {
        self.may_be_dropped = true;
        self
    }

    #[track_caller]
    fn step(mut self, step: Step<T>) -> Self {
        if let Some(Step::Over(over)) = self.steps.back() {
            panic!("{} has a step behind {}, where nothing comes any more", self.origin, over.described());
        }
        self.steps.push_back(step);
        self
    }
}

impl<T, E> Script<Result<T, E>> {
    /// Yields an error.
    #[track_caller]
    pub fn error(self, error: E) -> Self {
        self.item(Err(error))
    }
}

impl Over {
    fn described(self) -> &'static str {
        match self {
            Over::Ended => "its end",
            Over::Stalled => "a stall",
        }
    }
}

/// Nothing is pinned in place.
impl<T> Unpin for Script<T> {}

impl<T> Stream for Script<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            if let Some(pausing) = &mut self.pausing {
                ready!(pausing.poll(context));
                self.pausing = None;
                self.taken += 1;
            }
            match self.over {
                Some(Over::Ended) => return Poll::Ready(None),
                Some(Over::Stalled) => return Poll::Pending,
                None => {}
            }
            let Some(step) = self.steps.pop_front() else {
                panic!(
                    "{} was read past its {}; if it ends there, add `.end()`",
                    self.origin,
                    counted(self.taken, "step")
                );
            };
            match step {
                Step::Pause(pause) => self.pausing = Some(pause.begin(self.origin)),
                Step::Over(over) => {
                    self.taken += 1;
                    self.over = Some(over);
                }
                Step::Item(item) => {
                    self.taken += 1;
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
        self.over == Some(Over::Ended)
    }
}

impl<T> fmt::Debug for Script<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("place", &format_args!("{}", self.origin.place))
            .field("taken", &self.taken)
            .field("left", &(self.steps.len() + usize::from(self.pausing.is_some())))
            .finish()
    }
}

impl<T> Drop for Script<T> {
    fn drop(&mut self) {
        if self.may_be_dropped || std::thread::panicking() {
            return;
        }
        let next = match (&self.pausing, self.steps.front()) {
            (Some(pausing), _) => format!("step {} {pausing}", self.taken + 1),
            (None, Some(Step::Item(_))) => "the next one is an item".to_owned(),
            (None, Some(Step::Pause(pause))) => format!("the next one is {pause}"),
            (None, Some(Step::Over(over))) => format!("the next one is {}", over.described()),
            (None, None) => return,
        };
        let steps = self.taken + usize::from(self.pausing.is_some()) + self.steps.len();
        panic!("{} was dropped after {} of its {}; {next}", self.origin, self.taken, counted(steps, "step"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, StreamExt};

    #[tokio::test(start_paused = true)]
    async fn a_script_is_followed_to_its_end() {
        let begun = tokio::time::Instant::now();
        let mut stream = script().items([1, 2]).wait(Duration::from_secs(3600)).item(3).end();
        assert_eq!(stream.size_hint(), (3, Some(3)));
        assert_eq!(stream.by_ref().collect::<Vec<_>>().await, [1, 2, 3]);
        assert_eq!(begun.elapsed(), Duration::from_secs(3600));
        assert_eq!(stream.next().await, None, "it stays ended");
        assert!(stream.is_terminated());
    }

    #[tokio::test]
    #[should_panic(expected = "was read past its 1 step; if it ends there, add `.end()`")]
    async fn reading_past_the_script_is_reported() {
        script().item(1).collect::<Vec<_>>().await;
    }

    #[test]
    #[should_panic(expected = "was dropped after 0 of its 2 steps; the next one is an item")]
    fn what_was_left_unread_is_reported() {
        drop(script().item(1).end());
    }

    #[tokio::test]
    #[should_panic(expected = "was dropped after 1 of its 2 steps; the next one is its end")]
    async fn an_end_that_was_not_looked_for_is_reported() {
        let mut stream = script().item(1).end();
        assert_eq!(stream.next().await, Some(1));
    }

    #[test]
    #[should_panic(expected = "the next one is a wait of 3s")]
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
    #[should_panic(expected = "was let through the gate made at ")]
    fn a_gate_behind_which_it_did_not_go_on_is_reported() {
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
    #[should_panic(expected = "has a step behind its end, where nothing comes any more")]
    fn nothing_comes_behind_an_end() {
        drop(script().item(1).end().item(2));
    }

    #[test]
    fn it_tells_its_place_and_position() {
        let mut stream = script().item(1).pending(&Gate::new()).item(2).may_be_dropped();
        assert_eq!(stream.next().now_or_never(), Some(Some(1)));
        assert_eq!(stream.next().now_or_never(), None);
        let text = format!("{stream:?}");
        assert!(text.contains("script.rs:") && text.ends_with("taken: 1, left: 2 }"), "{text}");
    }
}
