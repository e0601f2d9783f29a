//! The tasks that hold tokio's locks and permits, in a run that explains a failure.

use std::cell::RefCell;
use std::collections::BTreeMap;

use backtrace::Backtrace;

use crate::trace::{Holder, TaskStack};

/// The locks and semaphores of a run, by address.
#[derive(Default)]
pub(super) struct Locks {
    holders: RefCell<BTreeMap<usize, Vec<Taken>>>,
    /// The last lock that each task waited for.
    waits: RefCell<BTreeMap<u32, usize>>,
}

/// Permits that a task has taken. A mutex has one permit, and a read-write lock has one for each reader.
struct Taken {
    task: u32,
    permits: usize,
    /// Resolved only for a report, because that takes long.
    stack: Backtrace,
}

impl Locks {
    pub(super) fn begin(&self) {
        self.holders.borrow_mut().clear();
        self.waits.borrow_mut().clear();
    }

    /// Records that a task has taken permits.
    pub(super) fn add(&self, lock: usize, task: u32, permits: usize) {
        self.waits.borrow_mut().remove(&task);
        let stack = Backtrace::new_unresolved();
        self.holders.borrow_mut().entry(lock).or_default().push(Taken { task, permits, stack });
    }

    /// Records that a task waits for permits.
    pub(super) fn set_wait(&self, lock: usize, task: u32) {
        self.waits.borrow_mut().insert(task, lock);
    }

    /// Records that `task` has given back permits. They may be those of another task, which passed them on.
    pub(super) fn remove(&self, lock: usize, task: u32, permits: usize) {
        let mut holders = self.holders.borrow_mut();
        let Some(all) = holders.get_mut(&lock) else { return };
        let of_task = all.iter().rposition(|holder| holder.task == task && holder.permits == permits);
        if let Some(at) = of_task.or_else(|| all.iter().rposition(|holder| holder.permits == permits)) {
            all.remove(at);
        } else if let Some(holder) = all.iter_mut().find(|holder| holder.task == task && holder.permits > permits) {
            holder.permits -= permits;
        } else {
            // These permits belong to an unknown task, so the holders of the others are unknown as well.
            all.clear();
        }
    }

    /// Returns the holders of the last lock that each task waits for. Leaves out locks without a known holder.
    pub(super) fn holders(&self) -> BTreeMap<u32, Vec<Holder>> {
        let taken = self.holders.borrow();
        let holder = |taken: &Taken| Holder { task: taken.task, stack: TaskStack::resolved(&taken.stack) };
        let holders = |lock: &usize| taken.get(lock).filter(|all| !all.is_empty());
        let waits = self.waits.borrow();
        let known = waits.iter().filter_map(|(&task, lock)| Some((task, holders(lock)?.iter().map(holder).collect())));
        known.collect()
    }
}
