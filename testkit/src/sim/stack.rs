//! Async stacks without instrumentation: a waker that takes a backtrace as it is cloned, or woken by the poll itself.
//!
//! A future that waits keeps a clone of its waker, and makes it inside its `poll`, at which moment the call stack is the
//! chain of awaits. Primitives clone nothing if the waker is the one that they have, so each poll has one of its own. A clone
//! that is dropped before the poll is over is of a future that was over, and tells only what the poll has come by.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

use backtrace::Backtrace;

use super::symbols::{Frame, resolved};
use super::waker::Waking;

thread_local! {
    /// The task that is being polled, if stacks are taken.
    static POLLED: Cell<Option<u32>> = const { Cell::new(None) };
    /// How many stacks there were, so that each has a number.
    static COUNT: Cell<u64> = const { Cell::new(0) };
    /// By task, those of its newest poll.
    static STACKS: RefCell<BTreeMap<u32, Taken>> = const { RefCell::new(BTreeMap::new()) };
}

/// The stacks of one poll.
#[derive(Default)]
struct Taken {
    /// Of the wakers that were left.
    left: Vec<Left>,
    /// Of the newest that was not.
    passed: Option<Backtrace>,
}

struct Left {
    /// The number of the waker's clone.
    number: u64,
    stack: Backtrace,
    awaited: Option<u32>,
}

/// Where a task waits, from its innermost await outwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskStack {
    pub(crate) frames: Vec<Frame>,
    /// Its last poll has left no waker: it has only come by here.
    pub(crate) is_passed: bool,
    /// The task whose end it waits for, where that is what it waits for.
    pub(crate) awaited: Option<u32>,
}

/// One poll's waker, or a clone of it.
struct PollWaker {
    task: u32,
    /// The number of its stack, if it is a clone; else 0.
    number: u64,
    waking: Arc<Waking>,
}

impl PollWaker {
    fn into_raw(self) -> RawWaker {
        RawWaker::new(Box::into_raw(Box::new(self)).cast_const().cast(), &TABLE)
    }
}

/// Polls `task` with a waker that takes the stack of this poll.
pub(super) fn capture<R>(task: u32, waking: &Arc<Waking>, poll: impl FnOnce(&Waker) -> R) -> R {
    STACKS.with_borrow_mut(|stacks| stacks.remove(&task));
    POLLED.set(Some(task));
    let polled = recorded(task, waking, poll);
    POLLED.set(None);
    polled
}

/// Polls `task` with a waker whose wakes are recorded, and that takes no stack.
pub(super) fn recorded<R>(task: u32, waking: &Arc<Waking>, poll: impl FnOnce(&Waker) -> R) -> R {
    let waker = PollWaker { task, number: 0, waking: waking.clone() };
    // SAFETY: the functions of the table take its data for what it is, a `PollWaker` in a box of its own; `PollWaker` is `Send`
    // and `Sync`.
    let waker = unsafe { Waker::from_raw(waker.into_raw()) };
    poll(&waker)
}

/// The newest stack of each task, resolved.
pub(super) fn take() -> BTreeMap<u32, TaskStack> {
    STACKS.take().into_iter().filter_map(|(task, taken)| Some((task, taken.newest()?))).collect()
}

/// The newest stack of one task so far, if it is of a waker that was left.
pub(super) fn of(task: u32) -> Option<TaskStack> {
    STACKS.with_borrow(|stacks| stacks.get(&task).and_then(Taken::newest)).filter(|stack| !stack.is_passed)
}

/// Does something with the newest stack of a task, if it is of a waker that was left. It is not resolved yet.
pub(super) fn with<R>(task: u32, act: impl FnOnce(&Backtrace) -> R) -> Option<R> {
    STACKS.with_borrow(|stacks| Some(act(&stacks.get(&task)?.left.last()?.stack)))
}

impl Taken {
    fn newest(&self) -> Option<TaskStack> {
        let left = self.left.last();
        let stack = left.map(|left| &left.stack).or(self.passed.as_ref())?;
        Some(TaskStack {
            frames: resolved(stack),
            is_passed: left.is_none(),
            awaited: left.and_then(|left| left.awaited),
        })
    }
}

/// Whether a task is being polled whose stack is taken.
#[inline]
pub(super) fn is_taken() -> bool {
    POLLED.get().is_some()
}

/// The waker that was cloned last waits for the end of this task.
#[inline]
pub(super) fn awaits(awaited: Option<u32>) {
    if let Some(task) = POLLED.get() {
        STACKS.with_borrow_mut(|stacks| {
            let newest = stacks.get_mut(&task).and_then(|taken| taken.left.last_mut());
            newest.into_iter().for_each(|left| left.awaited = awaited);
        });
    }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// Whether this is inside of the poll of the waker's task.
fn is_polled(waker: &PollWaker) -> bool {
    POLLED.try_with(Cell::get) == Ok(Some(waker.task))
}

/// Takes the stack, if this is inside of the poll that the waker was made for. Returns its number, else 0.
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
        taken.left.push(Left { number, stack, awaited: None });
    });
    number
}

/// # Safety
/// `data` is of a waker made by [`capture`].
#[inline(never)]
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: as the caller says; the waker that is cloned keeps its box.
    let waker = unsafe { &*data.cast::<PollWaker>() };
    let number = take_stack(waker);
    // A box of its own for each clone, so that it is known which of them is dropped.
    PollWaker { task: waker.task, number, waking: waker.waking.clone() }.into_raw()
}

/// # Safety
/// `data` is of a waker made by [`capture`], which is not used again.
unsafe fn wake(data: *const ()) {
    // SAFETY: as the caller says; this takes over the waker's box.
    let waker = unsafe { Box::from_raw(data.cast_mut().cast::<PollWaker>()) };
    waker.waking.wake_recorded();
}

/// # Safety
/// `data` is of a waker made by [`capture`].
#[inline(never)]
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: as the caller says; the waker keeps its box.
    let waker = unsafe { &*data.cast::<PollWaker>() };
    take_stack(waker);
    waker.waking.wake_recorded();
}

/// # Safety
/// `data` is of a waker made by [`capture`], which is not used again.
unsafe fn drop_waker(data: *const ()) {
    // SAFETY: as the caller says; this takes over the waker's box.
    let waker = unsafe { Box::from_raw(data.cast_mut().cast::<PollWaker>()) };
    if waker.number > 0 && is_polled(&waker) {
        STACKS.with_borrow_mut(|stacks| {
            let Some(taken) = stacks.get_mut(&waker.task) else { return };
            if let Some(at) = taken.left.iter().position(|left| left.number == waker.number) {
                taken.passed = Some(taken.left.remove(at).stack);
            }
        });
    }
}
