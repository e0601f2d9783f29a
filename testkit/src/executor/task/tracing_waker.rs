//! Wakers for instrumented polls. They capture a stack at each clone, and record wakes.
//!
//! A primitive that already holds an equal waker does not clone it again. Each poll therefore gets a distinct data
//! pointer, which forces a clone.

use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::wake_state::WakeState;
use crate::trace::CapturedStacks;

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
    CapturedStacks::capture_poll(task, || poll_recorded(task, state, poll))
}

/// Polls `task` with a waker that records wakes. Does not capture stacks.
pub(crate) fn poll_recorded<R>(task: u32, state: &Arc<WakeState>, poll: impl FnOnce(&Waker) -> R) -> R {
    let waker = TracingWaker { task, number: 0, state: state.clone() };
    // SAFETY: the functions of the table treat the data pointer as a `TracingWaker` in its own box, which it is;
    // `TracingWaker` is `Send` and `Sync`.
    let waker = unsafe { Waker::from_raw(waker.into_raw()) };
    poll(&waker)
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// # Safety
/// `data` belongs to a waker made by [`poll_recorded`].
#[inline(never)]
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: by the contract above; the cloned waker keeps its box.
    let waker = unsafe { &*data.cast::<TracingWaker>() };
    let number = CapturedStacks::capture(waker.task);
    // Each clone has its own box, which identifies the clone when it is dropped.
    TracingWaker { task: waker.task, number, state: waker.state.clone() }.into_raw()
}

/// # Safety
/// `data` belongs to a waker made by [`poll_recorded`], which is not used again.
unsafe fn wake(data: *const ()) {
    // SAFETY: by the contract above; this takes over the waker's box.
    let waker = unsafe { Box::from_raw(data.cast_mut().cast::<TracingWaker>()) };
    waker.state.wake_recorded();
}

/// # Safety
/// `data` belongs to a waker made by [`poll_recorded`].
#[inline(never)]
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: by the contract above; the waker keeps its box.
    let waker = unsafe { &*data.cast::<TracingWaker>() };
    CapturedStacks::capture(waker.task);
    waker.state.wake_recorded();
}

/// # Safety
/// `data` belongs to a waker made by [`poll_recorded`], which is not used again.
unsafe fn drop_waker(data: *const ()) {
    // SAFETY: by the contract above; this takes over the waker's box.
    let waker = unsafe { Box::from_raw(data.cast_mut().cast::<TracingWaker>()) };
    CapturedStacks::discard(waker.task, waker.number);
}
