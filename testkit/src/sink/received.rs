use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::internal::lock;
use tokio::sync::Notify;

use crate::waiting::until;

/// What a sink's script has received: [`Script::received`](crate::sink::Script::received) returns it.
pub struct Received<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    /// Told of each item.
    grown: Notify,
}

struct State<T> {
    items: Vec<T>,
    /// How many have come, those included that were taken.
    received: usize,
    /// How many of them have been flushed.
    flushed: usize,
}

impl<T> Received<T> {
    pub(super) fn new() -> Self {
        let state = State { items: Vec::new(), received: 0, flushed: 0 };
        Received { shared: Arc::new(Shared { state: Mutex::new(state), grown: Notify::new() }) }
    }

    /// Takes the items that have been received, and not been taken yet.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.lock().items)
    }

    /// How many items have been received, those that were taken included.
    pub fn count(&self) -> usize {
        self.lock().received
    }

    /// How many items have been received and flushed.
    pub fn flushed(&self) -> usize {
        self.lock().flushed
    }

    /// Ready once at least `count` items have been received.
    pub async fn wait_for(&self, count: usize) {
        until(&self.shared.grown, || self.count() >= count).await;
    }

    pub(super) fn push(&self, item: T) {
        let mut state = self.lock();
        state.items.push(item);
        state.received += 1;
        drop(state);
        self.shared.grown.notify_waiters();
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
