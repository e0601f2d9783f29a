//! Async stacks without instrumentation, by a waker that takes a backtrace when it is cloned or woken during the poll.
//!
//! A future that waits stores a clone of its waker. It makes the clone inside its `poll`, where the call stack is the
//! chain of awaits. Primitives do not clone a waker that they already have, so each poll gets its own. A clone that is
//! dropped before the poll returns belongs to a future that has ended. Its stack shows only what the poll has passed
//! through.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

use backtrace::Backtrace;

use super::symbols::{Frame, resolved};
use super::waker::Waking;

thread_local! {
    /// Task that is being polled, if its stacks are captured.
    static POLLED: Cell<Option<u32>> = const { Cell::new(None) };
    /// Number of stacks so far, from which each gets its number.
    static COUNT: Cell<u64> = const { Cell::new(0) };
    /// Stacks of the latest poll of each task.
    static STACKS: RefCell<BTreeMap<u32, PollStacks>> = const { RefCell::new(BTreeMap::new()) };
}

/// The stacks of one poll.
#[derive(Default)]
struct PollStacks {
    /// Stacks of waker clones that still exist.
    kept: Vec<KeptStack>,
    /// Stack of the latest clone that was dropped during the poll.
    passed: Option<Backtrace>,
}

/// Stack of a waker clone.
struct KeptStack {
    /// Number of the clone.
    number: u64,
    stack: Backtrace,
    awaited: Option<u32>,
}

/// Stack of a waiting task, from its innermost await outwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskStack {
    pub(crate) frames: Vec<Frame>,
    /// Whether the last poll kept no clone of its waker, so it has only passed through here.
    pub(crate) is_passed: bool,
    /// Task that it joins, if it waits for the end of a task.
    pub(crate) awaited: Option<u32>,
}

/// Waker of one poll, or a clone of it.
struct PollWaker {
    task: u32,
    /// Number of its stack if it is a clone, otherwise 0.
    number: u64,
    waking: Arc<Waking>,
}

impl PollWaker {
    fn into_raw(self) -> RawWaker {
        RawWaker::new(Box::into_raw(Box::new(self)).cast_const().cast(), &TABLE)
    }
}

/// Polls `task` with a waker that captures the stack of this poll.
pub(super) fn capture<R>(task: u32, waking: &Arc<Waking>, poll: impl FnOnce(&Waker) -> R) -> R {
    STACKS.with_borrow_mut(|stacks| stacks.remove(&task));
    POLLED.set(Some(task));
    let polled = recorded(task, waking, poll);
    POLLED.set(None);
    polled
}

/// Polls `task` with a waker that records wakes but captures no stack.
pub(super) fn recorded<R>(task: u32, waking: &Arc<Waking>, poll: impl FnOnce(&Waker) -> R) -> R {
    let waker = PollWaker { task, number: 0, waking: waking.clone() };
    // SAFETY: the data is a boxed `PollWaker`, as the functions of the table expect, and `PollWaker` is `Send` and
    // `Sync`.
    let waker = unsafe { Waker::from_raw(waker.into_raw()) };
    poll(&waker)
}

/// Takes the latest stack of each task, resolved.
pub(super) fn take() -> BTreeMap<u32, TaskStack> {
    STACKS.take().into_iter().filter_map(|(task, taken)| Some((task, taken.newest()?))).collect()
}

/// Returns the latest stack of a task, if it belongs to a waker clone that still exists.
pub(super) fn of(task: u32) -> Option<TaskStack> {
    STACKS.with_borrow(|stacks| stacks.get(&task).and_then(PollStacks::newest)).filter(|stack| !stack.is_passed)
}

/// Calls `act` with the latest stack of a task, not resolved yet, if it belongs to a waker clone that still exists.
pub(super) fn with<R>(task: u32, act: impl FnOnce(&Backtrace) -> R) -> Option<R> {
    STACKS.with_borrow(|stacks| Some(act(&stacks.get(&task)?.kept.last()?.stack)))
}

impl PollStacks {
    fn newest(&self) -> Option<TaskStack> {
        let kept = self.kept.last();
        let stack = kept.map(|kept| &kept.stack).or(self.passed.as_ref())?;
        Some(TaskStack {
            frames: resolved(stack),
            is_passed: kept.is_none(),
            awaited: kept.and_then(|kept| kept.awaited),
        })
    }
}

/// Returns whether the current poll captures stacks.
#[inline]
pub(super) fn is_taken() -> bool {
    POLLED.get().is_some()
}

/// Records that the latest waker clone waits for the end of this task.
#[inline]
pub(super) fn awaits(awaited: Option<u32>) {
    if let Some(task) = POLLED.get() {
        STACKS.with_borrow_mut(|stacks| {
            let newest = stacks.get_mut(&task).and_then(|taken| taken.kept.last_mut());
            newest.into_iter().for_each(|kept| kept.awaited = awaited);
        });
    }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// Returns whether the task of the waker is being polled.
fn is_polled(waker: &PollWaker) -> bool {
    POLLED.try_with(Cell::get) == Ok(Some(waker.task))
}

/// Captures the stack if the task of the waker is being polled. Returns the number of the stack, otherwise 0.
#[inline(never)]
fn take_stack(waker: &PollWaker) -> u64 {
    if !is_polled(waker) {
        return 0;
    }
    let number = COUNT.get() + 1;
    COUNT.set(number);
    let stack = Backtrace::new_unresolved();
    STACKS.with_borrow_mut(|stacks| {
        let taken = stacks.entry(waker.task).or_default();
        taken.kept.push(KeptStack { number, stack, awaited: None });
    });
    number
}

/// # Safety
/// `data` must come from a waker made by [`recorded`].
#[inline(never)]
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: guaranteed by the caller; the cloned waker keeps its box.
    let waker = unsafe { &*data.cast::<PollWaker>() };
    let number = take_stack(waker);
    // Each clone has its own box, which identifies the clone when it is dropped.
    PollWaker { task: waker.task, number, waking: waker.waking.clone() }.into_raw()
}

/// # Safety
/// `data` must come from a waker made by [`recorded`], which must not be used again.
unsafe fn wake(data: *const ()) {
    // SAFETY: guaranteed by the caller; this takes ownership of the waker's box.
    let waker = unsafe { Box::from_raw(data.cast_mut().cast::<PollWaker>()) };
    waker.waking.wake_recorded();
}

/// # Safety
/// `data` must come from a waker made by [`recorded`].
#[inline(never)]
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: guaranteed by the caller; the waker keeps its box.
    let waker = unsafe { &*data.cast::<PollWaker>() };
    take_stack(waker);
    waker.waking.wake_recorded();
}

/// # Safety
/// `data` must come from a waker made by [`recorded`], which must not be used again.
unsafe fn drop_waker(data: *const ()) {
    // SAFETY: guaranteed by the caller; this takes ownership of the waker's box.
    let waker = unsafe { Box::from_raw(data.cast_mut().cast::<PollWaker>()) };
    if waker.number > 0 && is_polled(&waker) {
        STACKS.with_borrow_mut(|stacks| {
            let Some(taken) = stacks.get_mut(&waker.task) else { return };
            if let Some(at) = taken.kept.iter().position(|kept| kept.number == waker.number) {
                taken.passed = Some(taken.kept.remove(at).stack);
            }
        });
    }
}
