//! Streams that a test feeds item by item.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use tokio::sync::Notify;

use crate::executor::World;
use crate::internal::{Attempt, lock, poll_locked, until};

/// Creates a stream and its sender. The sender pushes items by hand and shows whether the consumer is waiting for one.
///
/// ```
/// use futures_util::StreamExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (sender, body) = testkit::stream::channel();
/// let reading = tokio::spawn(body.collect::<Vec<_>>());
///
/// sender.awaited().await; // the consumer waits, and has received nothing
/// sender.push("first");
/// assert!(!sender.is_awaited()); // the consumer has been woken
/// sender.awaited().await; // it has taken "first", and waits for more
/// assert!(sender.is_empty());
///
/// sender.push("second");
/// sender.end();
/// assert_eq!(reading.await.unwrap(), ["first", "second"]);
/// # }
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let state = State { items: VecDeque::new(), is_ended: false, is_dropped: false, senders: 1, consumer: None };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Notify::new() });
    (Sender { shared: shared.clone() }, Receiver { shared, is_terminated: false })
}

/// Pushes items into the stream of a [`channel`]. Clones push into the same stream. The stream ends when the last
/// sender is dropped.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// The stream of a [`channel`]. Holds any number of items.
#[must_use = "pass the stream to the code under test"]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// Whether it has returned `None`.
    is_terminated: bool,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    /// Notified when the consumer waits and when it drops the stream.
    changed: Notify,
}

struct State<T> {
    items: VecDeque<T>,
    is_ended: bool,
    is_dropped: bool,
    senders: usize,
    /// Waker of the waiting consumer; `None` once it is woken.
    consumer: Option<Waker>,
}

impl<T> Sender<T> {
    /// Pushes an item into the stream and wakes the consumer. If the consumer has dropped the stream, the item is
    /// dropped.
    ///
    /// # Panics
    /// Panics after [`end`](Sender::end).
    #[track_caller]
    pub fn push(&self, item: T) {
        let mut state = self.lock();
        if state.is_ended {
            drop(state);
            panic!("an item was pushed into a stream after its end: push it before `end`");
        }
        if state.is_dropped {
            return;
        }
        state.items.push_back(item);
        wake(state);
    }

    /// Ends the stream after the items in it. Calling it again has no effect.
    pub fn end(&self) {
        let mut state = self.lock();
        state.is_ended = true;
        wake(state);
    }

    /// Returns the number of items that have not been taken yet.
    pub fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Returns whether all items have been taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the consumer is waiting: it has found the stream empty, and has since neither been woken nor
    /// polled the stream again.
    pub fn is_awaited(&self) -> bool {
        self.lock().consumer.is_some()
    }

    /// Waits until the consumer is waiting, as defined by [`is_awaited`](Sender::is_awaited).
    ///
    /// # Panics
    /// Returns an error if the consumer has dropped the stream, and so will never wait for it.
    pub async fn awaited(&self) {
        until(&self.shared.changed, || self.is_awaited() || self.is_dropped()).await;
        assert!(!self.is_dropped(), "the consumer dropped the stream instead of waiting for it");
    }

    /// Returns whether the consumer has dropped the stream.
    pub fn is_dropped(&self) -> bool {
        self.lock().is_dropped
    }

    /// Waits until the consumer has dropped the stream.
    pub async fn dropped(&self) {
        until(&self.shared.changed, || self.is_dropped()).await;
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.shared.state)
    }
}

impl<T, E> Sender<Result<T, E>> {
    /// Pushes an error into the stream, as [`push`](Sender::push) does with an item.
    ///
    /// # Panics
    /// Panics after [`end`](Sender::end).
    #[track_caller]
    pub fn error(&self, error: E) {
        self.push(Err(error));
    }
}

/// Wakes the consumer, if it is waiting.
fn wake<T>(mut state: MutexGuard<'_, State<T>>) {
    let consumer = state.consumer.take();
    drop(state);
    if let Some(consumer) = consumer {
        consumer.wake();
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.lock().senders += 1;
        Sender { shared: self.shared.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.lock();
        state.senders -= 1;
        if state.senders == 0 {
            state.is_ended = true;
            wake(state);
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Sender", &self.lock())
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let polled = poll_locked(&self.shared.state, context, |state| match state.items.pop_front() {
            Some(item) => Attempt::Ready(Some(item)),
            None if state.is_ended => Attempt::Ready(None),
            None => Attempt::Pending(&mut state.consumer),
        });
        match polled {
            Poll::Pending => self.shared.changed.notify_waiters(),
            Poll::Ready(None) => self.is_terminated = true,
            Poll::Ready(Some(_)) => World::record_fake_call(),
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let state = lock(&self.shared.state);
        let items = state.items.len();
        (items, state.is_ended.then_some(items))
    }
}

impl<T> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.is_terminated
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        state.is_dropped = true;
        let (items, consumer) = (std::mem::take(&mut state.items), state.consumer.take());
        drop(state);
        drop((items, consumer));
        self.shared.changed.notify_waiters();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Receiver", &lock(&self.shared.state))
    }
}

fn debug<T>(f: &mut fmt::Formatter<'_>, name: &str, state: &State<T>) -> fmt::Result {
    f.debug_struct(name)
        .field("items", &state.items.len())
        .field("is_ended", &state.is_ended)
        .field("is_awaited", &state.consumer.is_some())
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, StreamExt};

    #[test]
    fn items_come_in_order_and_then_the_end() {
        let (sender, mut stream) = channel();
        sender.push(1);
        sender.clone().push(2);
        assert_eq!((sender.len(), stream.size_hint()), (2, (2, None)));
        sender.end();
        assert_eq!(stream.size_hint(), (2, Some(2)));
        assert_eq!(stream.by_ref().collect::<Vec<_>>().now_or_never(), Some(vec![1, 2]));
        assert!(stream.is_terminated() && sender.is_empty());
        assert_eq!(stream.next().now_or_never(), Some(None), "it stays ended");
    }

    #[test]
    fn dropping_the_last_sender_ends_the_stream() {
        let (sender, mut stream) = channel::<u8>();
        let other = sender.clone();
        drop(sender);
        assert_eq!(stream.next().now_or_never(), None);
        assert!(other.is_awaited());
        drop(other);
        assert_eq!(stream.next().now_or_never(), Some(None));
    }

    #[test]
    fn an_error_is_an_item() {
        let (sender, mut stream) = channel::<Result<u8, &str>>();
        sender.error("reset");
        sender.push(Ok(1));
        assert_eq!(stream.next().now_or_never(), Some(Some(Err("reset"))));
        assert_eq!(stream.next().now_or_never(), Some(Some(Ok(1))));
    }

    #[test]
    fn a_dropped_stream_drops_current_and_later_items() {
        let item = Arc::new(());
        let (sender, stream) = channel();
        sender.push(item.clone());
        drop(stream);
        sender.push(item.clone());
        assert!(sender.is_dropped() && sender.is_empty());
        assert_eq!(sender.dropped().now_or_never(), Some(()));
        assert_eq!(Arc::strong_count(&item), 1);
    }

    #[test]
    #[should_panic(expected = "an item was pushed into a stream after its end")]
    fn pushing_after_the_end_panics() {
        let (sender, _stream) = channel();
        sender.end();
        sender.end();
        sender.push(1);
    }

    #[test]
    #[should_panic(expected = "the consumer dropped the stream instead of waiting for it")]
    fn awaiting_a_dropped_stream_panics() {
        let (sender, stream) = channel::<u8>();
        drop(stream);
        sender.awaited().now_or_never();
    }

    #[test]
    fn debug_output_has_the_state() {
        let (sender, stream) = channel::<u8>();
        assert_eq!(format!("{sender:?}"), "Sender { items: 0, is_ended: false, is_awaited: false }");
        sender.push(1);
        assert_eq!(format!("{stream:?}"), "Receiver { items: 1, is_ended: false, is_awaited: false }");
    }
}
