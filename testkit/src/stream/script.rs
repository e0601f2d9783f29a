use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::time::{Sleep, sleep};

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
    Script { steps: VecDeque::new(), taken: 0, waiting: None, ended: false, place: Location::caller() }
}

/// A stream that yields what its script says. [`script`] begins one; each method adds a step.
///
/// A stream that does not end by its script must not be read past it: say [`end`](Script::end) where it ends. A consumer
/// may stop reading only where the script is over, too.
///
/// # Panics
/// When polled with no step left and no `end` before; and when dropped with steps unread, unless the thread is panicking
/// already. Both name the step and the line that began the script.
#[must_use = "a script is a stream, to be given to what is tested"]
pub struct Script<T> {
    steps: VecDeque<Step<T>>,
    /// How many steps have been taken.
    taken: usize,
    waiting: Option<Pin<Box<Sleep>>>,
    ended: bool,
    place: &'static Location<'static>,
}

enum Step<T> {
    Item(T),
    Wait(Duration),
    End,
}

impl<T> Script<T> {
    /// Yields `item`.
    pub fn item(self, item: T) -> Self {
        self.step(Step::Item(item))
    }

    /// Yields all of `items`, one after the other.
    pub fn items(self, items: impl IntoIterator<Item = T>) -> Self {
        items.into_iter().fold(self, Script::item)
    }

    /// Waits for `time` of tokio's clock, which a test may have paused.
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Wait(time))
    }

    /// Ends the stream. It stays ended, however often it is polled.
    pub fn end(self) -> Self {
        self.step(Step::End)
    }

    fn step(mut self, step: Step<T>) -> Self {
        self.steps.push_back(step);
        self
    }
}

impl<T, E> Script<Result<T, E>> {
    /// Yields an error.
    pub fn error(self, error: E) -> Self {
        self.item(Err(error))
    }
}

/// Nothing is pinned in place.
impl<T> Unpin for Script<T> {}

impl<T> Stream for Script<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            if let Some(sleep) = &mut self.waiting {
                ready!(sleep.as_mut().poll(context));
                self.waiting = None;
            }
            if self.ended {
                return Poll::Ready(None);
            }
            let Some(step) = self.steps.pop_front() else {
                panic!(
                    "the stream scripted at {} was read past its {} steps; if it ends there, add `.end()`",
                    self.place, self.taken
                );
            };
            self.taken += 1;
            match step {
                Step::Item(item) => return Poll::Ready(Some(item)),
                Step::Wait(time) => self.waiting = Some(Box::pin(sleep(time))),
                Step::End => self.ended = true,
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let items = self.steps.iter().filter(|step| matches!(step, Step::Item(_))).count();
        (items, Some(items))
    }
}

impl<T> fmt::Debug for Script<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("place", self.place)
            .field("taken", &self.taken)
            .field("left", &self.steps.len())
            .finish()
    }
}

impl<T> Drop for Script<T> {
    fn drop(&mut self) {
        let next = match self.steps.front() {
            Some(Step::Item(_)) => "an item",
            Some(Step::Wait(_)) => "a wait",
            Some(Step::End) => "its end",
            None => return,
        };
        if !std::thread::panicking() {
            panic!(
                "the stream scripted at {} was dropped after {} of its {} steps; the next one is {next}",
                self.place,
                self.taken,
                self.taken + self.steps.len()
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    #[tokio::test(start_paused = true)]
    async fn a_script_is_followed_to_its_end() {
        let begun = tokio::time::Instant::now();
        let mut stream = script().items([1, 2]).wait(Duration::from_secs(3600)).item(3).end();
        assert_eq!(stream.size_hint(), (3, Some(3)));
        assert_eq!(stream.by_ref().collect::<Vec<_>>().await, [1, 2, 3]);
        assert_eq!(begun.elapsed(), Duration::from_secs(3600));
        assert_eq!(stream.next().await, None, "it stays ended");
    }

    #[tokio::test]
    #[should_panic(expected = "read past its 1 steps; if it ends there, add `.end()`")]
    async fn reading_past_the_script_is_reported() {
        script().item(1).collect::<Vec<_>>().await;
    }

    #[test]
    #[should_panic(expected = "dropped after 0 of its 2 steps; the next one is an item")]
    fn what_was_left_unread_is_reported() {
        drop(script().item(1).end());
    }

    #[tokio::test]
    #[should_panic(expected = "dropped after 1 of its 2 steps; the next one is its end")]
    async fn an_end_that_was_not_looked_for_is_reported() {
        let mut stream = script().item(1).end();
        assert_eq!(stream.next().await, Some(1));
    }

    #[tokio::test]
    async fn an_error_may_be_the_last_step() {
        let mut stream = script().item(Ok(1)).error("reset");
        assert_eq!(stream.next().await, Some(Ok(1)));
        assert_eq!(stream.next().await, Some(Err("reset")));
    }
}
