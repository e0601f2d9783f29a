//! Waiting for a state that others change: under a lock, and yet with no waker touched under it.

use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use crate::internal::lock;
use tokio::sync::Notify;

/// Polls a state behind a lock. Where `attempt` has nothing yet, it names the slot in which the newest waker belongs.
///
/// A waker is cloned and dropped outside of the lock, as anybody's code may run in either. So `attempt` may be called twice.
pub(crate) fn poll_locked<S, T>(
    state: &Mutex<S>,
    context: &mut Context<'_>,
    mut attempt: impl FnMut(&mut S) -> Result<T, &mut Option<Waker>>,
) -> Poll<T> {
    let mut newest = None;
    loop {
        // Declared behind `newest`, so that what is left in that is dropped without the lock.
        let mut state = lock(state);
        let slot = match attempt(&mut state) {
            Ok(value) => return Poll::Ready(value),
            Err(slot) => slot,
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

/// Ready once `is_met` says so, which is asked now and after each change.
pub(crate) async fn until(changed: &Notify, mut is_met: impl FnMut() -> bool) {
    loop {
        // Made before the question, so that a change between the two counts.
        let change = changed.notified();
        if is_met() {
            return;
        }
        change.await;
    }
}
