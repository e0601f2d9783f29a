//! Async stacks without instrumentation: a waker that takes a backtrace as it is cloned, or woken by the poll itself.
//!
//! A future that waits keeps a clone of its waker, and makes it inside its `poll`, at which moment the call stack is the
//! chain of awaits. Primitives clone nothing if the waker is the one that they have, so each poll has one of its own.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

use backtrace::Backtrace;

use super::waker::Waking;

thread_local! {
    /// The task that is being polled, if stacks are taken.
    static POLLED: Cell<Option<u32>> = const { Cell::new(None) };
    /// By task, the newest of its newest poll.
    static STACKS: RefCell<BTreeMap<u32, Backtrace>> = const { RefCell::new(BTreeMap::new()) };
}

/// Where a task waits, from its innermost await outwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskStack {
    pub(crate) frames: Vec<Frame>,
}

/// A frame that has a source line.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) function: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// One poll's waker.
struct PollWaker {
    task: u32,
    waking: Arc<Waking>,
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
    let data = Arc::into_raw(Arc::new(PollWaker { task, waking: waking.clone() }));
    // SAFETY: the functions of the table take `data` for what it is, an `Arc` of a `PollWaker`, each waker one count of it;
    // `PollWaker` is `Send` and `Sync`.
    let waker = unsafe { Waker::from_raw(RawWaker::new(data.cast(), &TABLE)) };
    poll(&waker)
}

/// The newest stack of each task, resolved.
pub(super) fn take() -> BTreeMap<u32, TaskStack> {
    STACKS.take().into_iter().map(|(task, stack)| (task, resolved(&stack))).collect()
}

/// The newest stack of one task so far.
pub(super) fn of(task: u32) -> Option<TaskStack> {
    with(task, resolved)
}

/// Does something with the newest stack of a task, which is not resolved yet.
pub(super) fn with<R>(task: u32, act: impl FnOnce(&Backtrace) -> R) -> Option<R> {
    STACKS.with_borrow(|stacks| stacks.get(&task).map(act))
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// Takes the stack, if this is inside of the poll that the waker was made for.
fn take_stack(waker: &PollWaker) {
    if POLLED.try_with(Cell::get) == Ok(Some(waker.task)) {
        let stack = Backtrace::new_unresolved();
        STACKS.with_borrow_mut(|stacks| stacks.insert(waker.task, stack));
    }
}

/// # Safety
/// `data` is of a waker made by [`capture`].
#[inline(never)]
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: as the caller says; the waker that is cloned keeps its count.
    let waker = unsafe { &*data.cast::<PollWaker>() };
    take_stack(waker);
    // SAFETY: the same; this count is the clone's.
    unsafe { Arc::increment_strong_count(data.cast::<PollWaker>()) };
    RawWaker::new(data, &TABLE)
}

/// # Safety
/// `data` is of a waker made by [`capture`], which is not used again.
unsafe fn wake(data: *const ()) {
    // SAFETY: as the caller says; this takes over the waker's count.
    let waker = unsafe { Arc::from_raw(data.cast::<PollWaker>()) };
    waker.waking.wake_recorded();
}

/// # Safety
/// `data` is of a waker made by [`capture`].
#[inline(never)]
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: as the caller says; the waker keeps its count.
    let waker = unsafe { &*data.cast::<PollWaker>() };
    take_stack(waker);
    waker.waking.wake_recorded();
}

/// # Safety
/// `data` is of a waker made by [`capture`], which is not used again.
unsafe fn drop_waker(data: *const ()) {
    // SAFETY: as the caller says; this takes over the waker's count.
    drop(unsafe { Arc::from_raw(data.cast::<PollWaker>()) });
}

/// The names and source lines of a stack.
pub(super) fn resolved(stack: &Backtrace) -> TaskStack {
    let mut stack = stack.clone();
    stack.resolve();
    let symbols = stack.frames().iter().flat_map(|frame| frame.symbols());
    let frames = symbols.filter_map(|symbol| {
        Some(Frame {
            function: format!("{:#}", symbol.name()?),
            file: symbol.filename()?.to_str()?.to_owned(),
            line: symbol.lineno()?,
        })
    });
    TaskStack { frames: frames.collect() }
}
