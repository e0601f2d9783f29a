//! Async stacks without instrumentation.
//!
//! A future that waits clones its waker inside its `poll`, and keeps the clone. At that moment, the call stack is the
//! chain of awaits. The executor's tracing waker reports each clone here. A clone that is dropped during the same poll
//! belongs to a future that completed, so its stack only shows a place that the poll has passed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use backtrace::Backtrace;

use super::symbols::{Frame, resolved, resolved_addresses};

thread_local! {
    /// The task that is being polled, if its stacks are captured.
    static POLLED: Cell<Option<u32>> = const { Cell::new(None) };
    /// Number of stacks captured so far. Gives each stack its number.
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
    last_dropped: Option<Backtrace>,
}

struct HeldWaker {
    /// Number of the waker's clone.
    number: u64,
    stack: Backtrace,
    awaited: Option<u32>,
}

/// The stack at which a task waits, from its innermost await outwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskStack {
    pub(crate) frames: Vec<Frame>,
    /// Whether the last poll of the task left no waker. The stack then only shows a place that the poll has passed.
    pub(crate) left_no_waker: bool,
    /// The task that this task waits for through a `JoinHandle`, if any.
    pub(crate) awaited: Option<u32>,
}

impl TaskStack {
    /// Captures and resolves the current call stack.
    pub(crate) fn current() -> Self {
        TaskStack::resolved(&Backtrace::new_unresolved())
    }

    /// Resolves a call stack.
    pub(crate) fn resolved(stack: &Backtrace) -> Self {
        TaskStack { frames: resolved(stack), ..TaskStack::default() }
    }

    /// Resolves a call stack, from the innermost address outwards.
    pub(crate) fn of_addresses(addresses: impl Iterator<Item = usize>) -> Self {
        TaskStack { frames: resolved_addresses(addresses), ..TaskStack::default() }
    }
}

/// The stacks of the run on this thread.
pub(crate) struct CapturedStacks;

impl CapturedStacks {
    /// Calls `poll`, which polls `task`, and captures the stacks of this poll. They replace those of the previous poll.
    pub(crate) fn capture_poll<R>(task: u32, poll: impl FnOnce() -> R) -> R {
        STACKS.with_borrow_mut(|stacks| stacks.remove(&task));
        POLLED.set(Some(task));
        let polled = poll();
        POLLED.set(None);
        polled
    }

    /// Captures the stack at which a waker of `task` is cloned, if the task is being polled. Returns the number of the
    /// stack, or 0 if none was captured.
    #[inline(never)]
    pub(crate) fn capture(task: u32) -> u64 {
        if !is_polled(task) {
            return 0;
        }
        let number = CapturedStacks::next_number();
        let stack = Backtrace::new_unresolved();
        STACKS.with_borrow_mut(|stacks| {
            let poll = stacks.entry(task).or_default();
            poll.held.push(HeldWaker { number, stack, awaited: None });
        });
        number
    }

    /// Returns a number for a waker.
    pub(crate) fn next_number() -> u64 {
        let number = COUNT.get() + 1;
        COUNT.set(number);
        number
    }

    /// Records that the waker with this number was dropped, if that happened during the poll of `task`.
    pub(crate) fn discard(task: u32, number: u64) {
        if number > 0 && is_polled(task) {
            STACKS.with_borrow_mut(|stacks| {
                let Some(poll) = stacks.get_mut(&task) else { return };
                if let Some(at) = poll.held.iter().position(|waker| waker.number == number) {
                    poll.last_dropped = Some(poll.held.remove(at).stack);
                }
            });
        }
    }

    /// Returns whether a task is being polled and its stacks are captured.
    #[inline]
    pub(crate) fn is_capturing() -> bool {
        POLLED.get().is_some()
    }

    /// Records that the last cloned waker waits for the completion of task `awaited`.
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

    /// Returns the stack at which `task` waits, if its latest poll left a waker.
    pub(crate) fn waiting(task: u32) -> Option<TaskStack> {
        let newest = STACKS.with_borrow(|stacks| stacks.get(&task).and_then(PollStacks::newest));
        newest.filter(|stack| !stack.left_no_waker)
    }

    /// Calls `act` with the unresolved stack at which `task` waits, if its latest poll left a waker.
    pub(crate) fn with_stack<R>(task: u32, act: impl FnOnce(&Backtrace) -> R) -> Option<R> {
        STACKS.with_borrow(|stacks| Some(act(&stacks.get(&task)?.held.last()?.stack)))
    }
}

/// Returns whether `task` is being polled and its stacks are captured.
fn is_polled(task: u32) -> bool {
    POLLED.try_with(Cell::get) == Ok(Some(task))
}

impl PollStacks {
    fn newest(&self) -> Option<TaskStack> {
        let held = self.held.last();
        let stack = held.map(|waker| &waker.stack).or(self.last_dropped.as_ref())?;
        Some(TaskStack {
            frames: resolved(stack),
            left_no_waker: held.is_none(),
            awaited: held.and_then(|waker| waker.awaited),
        })
    }
}
