//! Live view of the items that a scripted sink has received and flushed.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

use crate::internal::{lock, until};

/// The items that a scripted sink has received, returned by [`Script::received`](crate::fakes::sink::Script::received).
pub struct Received<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    /// Notified when an item is received.
    changed: Notify,
}

struct State<T> {
    items: Vec<T>,
    /// Number of items received, including those that were taken.
    received: usize,
    /// Number of received items that have been flushed.
    flushed: usize,
}

impl<T> Received<T> {
    pub(super) fn new() -> Self {
        let state = State { items: Vec::new(), received: 0, flushed: 0 };
        Received { shared: Arc::new(Shared { state: Mutex::new(state), changed: Notify::new() }) }
    }

    /// Takes the received items that have not been taken yet.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.lock().items)
    }

    /// Returns the number of items received, including those that were taken.
    pub fn count(&self) -> usize {
        self.lock().received
    }

    /// Returns the number of items received and flushed.
    pub fn flushed(&self) -> usize {
        self.lock().flushed
    }

    /// Waits until at least `count` items have been received.
    pub async fn wait_for(&self, count: usize) {
        until(&self.shared.changed, || self.count() >= count).await;
    }

    pub(super) fn push(&self, item: T) {
        let mut state = self.lock();
        state.items.push(item);
        state.received += 1;
        drop(state);
        self.shared.changed.notify_waiters();
    }

    pub(super) fn flush(&self) {
        let mut state = self.lock();
        state.flushed = state.received;
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.shared.state)
    }
}

impl<T> Clone for Received<T> {
    fn clone(&self) -> Self {
        Received { shared: self.shared.clone() }
    }
}

impl<T> fmt::Debug for Received<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Received").field("received", &state.received).field("flushed", &state.flushed).finish()
    }
}
