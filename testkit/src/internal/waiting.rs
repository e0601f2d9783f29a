//! Helpers for waiting on shared state under a lock, without running waker code under that lock.

use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use crate::internal::lock;
use tokio::sync::Notify;

/// Result of an attempt in [`poll_locked`].
pub(crate) enum Attempt<'a, T> {
    Ready(T),
    /// Not ready. Holds the slot for the latest waker.
    Pending(&'a mut Option<Waker>),
}

/// Polls state under a lock. Stores the latest waker if `attempt` is not ready.
///
/// Wakers are cloned and dropped outside of the lock, because either may run foreign code. `attempt` may therefore be
/// called twice.
pub(crate) fn poll_locked<S, T>(
    state: &Mutex<S>,
    context: &mut Context<'_>,
    mut attempt: impl FnMut(&mut S) -> Attempt<'_, T>,
) -> Poll<T> {
    let mut newest = None;
    loop {
        // Declared after `newest`: the guard is dropped first, so a waker left in `newest` is dropped without the lock.
        let mut state = lock(state);
        let slot = match attempt(&mut state) {
            Attempt::Ready(value) => return Poll::Ready(value),
            Attempt::Pending(slot) => slot,
        };
        if slot.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            return Poll::Pending;
        }
        if let Some(waker) = newest.take() {
            let replaced = slot.replace(waker);
            drop(state);
            drop(replaced);
            return Poll::Pending;
        }
        drop(state);
        newest = Some(context.waker().clone());
    }
}

/// Waits until `is_met` returns true. Calls it at once, and again after each change.
pub(crate) async fn until(changed: &Notify, mut is_met: impl FnMut() -> bool) {
    loop {
        // Created before the check, so that no change in between is missed.
        let change = changed.notified();
        if is_met() {
            return;
        }
        change.await;
    }
}
