//! Wakers for instrumented polls. They capture a stack at each clone, and record wakes.
//!
//! A primitive that already holds an equal waker does not clone it again. Each poll therefore gets a distinct data
//! pointer, which forces a clone.

use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::wake_state::WakeState;
use crate::executor::state::World;
use crate::trace::{CapturedStacks, WatchedWakers};

/// The waker of one poll, or a clone of it.
struct TracingWaker {
    task: u32,
    /// Number of the stack captured for this clone; 0 if there is none.
    number: u64,
    state: Arc<WakeState>,
}

impl TracingWaker {
    fn into_raw(self) -> RawWaker {
        RawWaker::new(Box::into_raw(Box::new(self)).cast_const().cast(), &TABLE)
    }
}

/// Polls `task` with a waker that records wakes and captures the stacks of this poll.
pub(crate) fn poll_captured<R>(task: u32, state: &Arc<WakeState>, poll: impl FnOnce(&Waker) -> R) -> R {
    let waker = TracingWaker { task, number: 0, state: state.clone() };
    // SAFETY: the functions of the table treat the data pointer as a `TracingWaker` in its own box, which it is;
    // `TracingWaker` is `Send` and `Sync`.
    let waker = unsafe { Waker::from_raw(waker.into_raw()) };
    CapturedStacks::capture_poll(task, || poll(&waker))
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// # Safety
/// `data` belongs to a waker made by [`poll_captured`].
#[inline(never)]
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: by the contract above; the cloned waker keeps its box.
    let waker = unsafe { &*data.cast::<TracingWaker>() };
    let number = CapturedStacks::capture(waker.task);
    let number = watch_clone(waker, number);
    // Each clone has its own box, which identifies the clone when it is dropped.
    TracingWaker { task: waker.task, number, state: waker.state.clone() }.into_raw()
}

/// Adds a clone to the wakers of the watched task, if it is one of them. `number` is that of its stack, or 0 if there is
/// none. Returns the number of the clone.
fn watch_clone(original: &TracingWaker, number: u64) -> u64 {
    if !WatchedWakers::is_watched(original.task) {
        return number;
    }
    if number == 0 {
        let number = CapturedStacks::next_number();
        WatchedWakers::add_clone(original.task, number, original.number);
        return number;
    }
    CapturedStacks::with_stack(original.task, |stack| WatchedWakers::add(original.task, number, stack));
    number
}

/// # Safety
/// `data` belongs to a waker made by [`poll_captured`], which is not used again.
unsafe fn wake(data: *const ()) {
    // SAFETY: by the contract above; this takes over the waker's box.
    let waker = unsafe { Box::from_raw(data.cast_mut().cast::<TracingWaker>()) };
    WatchedWakers::record_wake(waker.task, waker.number, World::is_in_raw_task());
    WatchedWakers::remove(waker.task, waker.number);
    waker.state.wake_recorded();
}

/// # Safety
/// `data` belongs to a waker made by [`poll_captured`].
#[inline(never)]
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: by the contract above; the waker keeps its box.
    let waker = unsafe { &*data.cast::<TracingWaker>() };
    CapturedStacks::capture(waker.task);
    WatchedWakers::record_wake(waker.task, waker.number, World::is_in_raw_task());
    waker.state.wake_recorded();
}

/// # Safety
/// `data` belongs to a waker made by [`poll_captured`], which is not used again.
unsafe fn drop_waker(data: *const ()) {
    // SAFETY: by the contract above; this takes over the waker's box.
    let waker = unsafe { Box::from_raw(data.cast_mut().cast::<TracingWaker>()) };
    CapturedStacks::discard(waker.task, waker.number);
    WatchedWakers::remove(waker.task, waker.number);
}
