//! Async stacks without instrumentation.
//!
//! A future that waits keeps a clone of its waker, and makes the clone inside its `poll`. At that moment the call stack is the
//! chain of awaits. The executor's tracing waker reports each clone here. A clone that is dropped before the poll is over
//! belongs to a future that completed; its stack only shows a place that the poll has passed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use backtrace::Backtrace;

use super::symbols::{Frame, resolved};

thread_local! {
    /// The task that is polled, if stacks are captured.
    static POLLED: Cell<Option<u32>> = const { Cell::new(None) };
    /// Number of stacks captured so far, which numbers them.
    static COUNT: Cell<u64> = const { Cell::new(0) };
    /// The stacks of each task's latest poll.
    static STACKS: RefCell<BTreeMap<u32, PollStacks>> = const { RefCell::new(BTreeMap::new()) };
}

/// The stacks of one poll.
#[derive(Default)]
struct PollStacks {
    /// Stacks of the wakers that are still held.
    held: Vec<HeldWaker>,
    /// Stack of the last waker that was dropped during the poll.
    passed: Option<Backtrace>,
}

struct HeldWaker {
    /// Number of the waker's clone.
    number: u64,
    stack: Backtrace,
    awaited: Option<u32>,
}

/// Where a task waits, from its innermost await outwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskStack {
    pub(crate) frames: Vec<Frame>,
    /// Whether the task only passed here: its last poll left no waker.
    pub(crate) is_passed: bool,
    /// The task whose completion it waits for, if it waits for one.
    pub(crate) awaited: Option<u32>,
}

/// The stacks of the run on this thread.
pub(crate) struct CapturedStacks;

impl CapturedStacks {
    /// Captures the stacks of `task` while it is polled, in place of those of its previous poll.
    pub(crate) fn of_poll<R>(task: u32, poll: impl FnOnce() -> R) -> R {
        STACKS.with_borrow_mut(|stacks| stacks.remove(&task));
        POLLED.set(Some(task));
        let polled = poll();
        POLLED.set(None);
        polled
    }

    /// Captures the stack at which a waker of `task` is cloned, if the task is being polled. Returns its number, or 0.
    #[inline(never)]
    pub(crate) fn capture(task: u32) -> u64 {
        if !is_polled(task) {
            return 0;
        }
        let number = COUNT.get() + 1;
        COUNT.set(number);
        let stack = Backtrace::new_unresolved();
        STACKS.with_borrow_mut(|stacks| {
            let poll = stacks.entry(task).or_default();
            poll.held.push(HeldWaker { number, stack, awaited: None });
        });
        number
    }

    /// Notes that the waker with this number was dropped, if that happened during the poll of `task`.
    pub(crate) fn discard(task: u32, number: u64) {
        if number > 0 && is_polled(task) {
            STACKS.with_borrow_mut(|stacks| {
                let Some(poll) = stacks.get_mut(&task) else { return };
                if let Some(at) = poll.held.iter().position(|waker| waker.number == number) {
                    poll.passed = Some(poll.held.remove(at).stack);
                }
            });
        }
    }

    /// Whether the stacks of a task are being captured.
    #[inline]
    pub(crate) fn is_capturing() -> bool {
        POLLED.get().is_some()
    }

    /// Notes that the waker that was cloned last waits for the completion of task `awaited`.
    #[inline]
    pub(crate) fn set_awaited(awaited: Option<u32>) {
        if let Some(task) = POLLED.get() {
            STACKS.with_borrow_mut(|stacks| {
                let newest = stacks.get_mut(&task).and_then(|poll| poll.held.last_mut());
                newest.into_iter().for_each(|waker| waker.awaited = awaited);
            });
        }
    }

    /// Takes the latest stack of each task, resolved.
    pub(crate) fn take() -> BTreeMap<u32, TaskStack> {
        STACKS.take().into_iter().filter_map(|(task, poll)| Some((task, poll.newest()?))).collect()
    }

    /// Returns where `task` waits, if its latest poll left a waker.
    pub(crate) fn of_task(task: u32) -> Option<TaskStack> {
        let newest = STACKS.with_borrow(|stacks| stacks.get(&task).and_then(PollStacks::newest));
        newest.filter(|stack| !stack.is_passed)
    }

    /// Calls `act` with the unresolved stack at which `task` waits, if its latest poll left a waker.
    pub(crate) fn with<R>(task: u32, act: impl FnOnce(&Backtrace) -> R) -> Option<R> {
        STACKS.with_borrow(|stacks| Some(act(&stacks.get(&task)?.held.last()?.stack)))
    }
}

/// Whether `task` is being polled and its stacks are captured.
fn is_polled(task: u32) -> bool {
    POLLED.try_with(Cell::get) == Ok(Some(task))
}

impl PollStacks {
    fn newest(&self) -> Option<TaskStack> {
        let held = self.held.last();
        let stack = held.map(|waker| &waker.stack).or(self.passed.as_ref())?;
        Some(TaskStack {
            frames: resolved(stack),
            is_passed: held.is_none(),
            awaited: held.and_then(|waker| waker.awaited),
        })
    }
}
