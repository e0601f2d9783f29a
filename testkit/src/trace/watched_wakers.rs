//! Wakers of one watched task: where each was registered, and which of them are used.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use backtrace::Backtrace;

use super::TaskStack;
use super::symbols::resolved;

thread_local! {
    static WATCHED: RefCell<Option<Watched>> = const { RefCell::new(None) };
}

/// State of the watched task.
struct Watched {
    task: u32,
    /// Stacks at which the wakers that still exist were registered, by the number of the waker.
    held: BTreeMap<u64, Rc<Backtrace>>,
    /// Wakes since the last call of [`WatchedWakers::take_wakes`].
    wakes: Vec<UsedWaker>,
}

/// A wake of the watched task.
pub(crate) struct UsedWaker {
    /// Stack at which the waker was registered, if it is known.
    stack: Option<Rc<Backtrace>>,
    /// Whether a raw task used the waker.
    pub(crate) is_in_raw_task: bool,
}

impl UsedWaker {
    /// Returns the stack at which the waker was registered.
    pub(crate) fn stack(&self) -> Option<TaskStack> {
        self.stack.as_deref().map(task_stack)
    }
}

/// The wakers of the watched task of this thread.
pub(crate) struct WatchedWakers;

impl WatchedWakers {
    /// Watches the wakers of a task. Forgets those of another task.
    pub(crate) fn begin(task: u32) {
        WATCHED.set(Some(Watched { task, held: BTreeMap::new(), wakes: Vec::new() }));
    }

    /// Ends watching.
    pub(crate) fn end() {
        WATCHED.set(None);
    }

    /// Returns whether this task is watched.
    pub(crate) fn is_watched(task: u32) -> bool {
        with(task, |_| ()).is_some()
    }

    /// Adds a waker that was registered at this stack.
    pub(crate) fn add(task: u32, number: u64, stack: &Backtrace) {
        with(task, |watched| watched.held.insert(number, Rc::new(stack.clone())));
    }

    /// Adds a clone of a waker. It counts as registered where the original was.
    pub(crate) fn add_clone(task: u32, number: u64, original: u64) {
        with(task, |watched| {
            if let Some(stack) = watched.held.get(&original).cloned() {
                watched.held.insert(number, stack);
            }
        });
    }

    /// Removes a waker that was dropped.
    pub(crate) fn remove(task: u32, number: u64) {
        with(task, |watched| watched.held.remove(&number));
    }

    /// Records that a waker was used.
    pub(crate) fn record_wake(task: u32, number: u64, is_in_raw_task: bool) {
        with(task, |watched| {
            let stack = watched.held.get(&number).cloned();
            watched.wakes.push(UsedWaker { stack, is_in_raw_task });
        });
    }

    /// Takes the wakes since the last call.
    pub(crate) fn take_wakes() -> Vec<UsedWaker> {
        WATCHED.with_borrow_mut(|watched| {
            watched.as_mut().map_or_else(Vec::new, |watched| std::mem::take(&mut watched.wakes))
        })
    }

    /// Returns the stacks at which the wakers that still exist were registered.
    pub(crate) fn held() -> Vec<TaskStack> {
        WATCHED.with_borrow(|watched| {
            watched.iter().flat_map(|watched| watched.held.values()).map(|stack| task_stack(stack)).collect()
        })
    }
}

fn with<R>(task: u32, act: impl FnOnce(&mut Watched) -> R) -> Option<R> {
    let watched =
        WATCHED.try_with(|watched| watched.borrow_mut().as_mut().filter(|watched| watched.task == task).map(act));
    watched.ok().flatten()
}

fn task_stack(stack: &Backtrace) -> TaskStack {
    TaskStack { frames: resolved(stack), ..TaskStack::default() }
}
