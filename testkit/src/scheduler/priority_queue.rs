//! Ready tasks by priority, for PCT and POS.

use super::profile::index_of;
use super::tree::{Max, Tree};
use super::{QueueHead, ReadyTasks};

/// Maximum number of times that the head of the run queue is passed over. Without this limit, a task that yields in a
/// loop until another task makes progress could starve that task. The papers are about threads, and have no such loops.
const MAX_PASSED_OVER: u32 = 256;

/// Priority queue over the tasks in the run queue.
#[derive(Default)]
pub(super) struct PriorityQueue {
    /// Priority of each task. 0 if it has none yet.
    priorities: Vec<u32>,
    /// Entries of the tasks in the run queue, and stale entries of tasks that ran because no other was ready.
    tree: Tree<Max>,
}

impl PriorityQueue {
    /// Clears all priorities.
    pub(super) fn clear(&mut self) {
        self.priorities.clear();
        self.tree.clear();
    }

    /// Returns the priority of a task.
    pub(super) fn priority(&mut self, task: u32) -> &mut u32 {
        let index = index_of(task);
        if index >= self.priorities.len() {
            self.priorities.resize(index + 1, 0);
        }
        &mut self.priorities[index]
    }

    /// Adds the newly queued tasks. `draw` maps the previous priority of a task to its new one, which must not be 0.
    #[inline]
    pub(super) fn add_new(&mut self, queue: &impl ReadyTasks, mut draw: impl FnMut(u32) -> u32) {
        for &task in queue.newly_queued() {
            let priority = self.priority(task);
            *priority = draw(*priority);
            let entry = u64::from(*priority) << 32 | u64::from(task);
            self.tree.insert(index_of(task), entry);
        }
    }

    /// Removes the task with the highest priority. Returns its position in the run queue, or `None` for the head.
    #[inline]
    pub(super) fn pop_highest(&mut self, first: QueueHead, queue: &impl ReadyTasks) -> Option<usize> {
        if first.passed_over >= MAX_PASSED_OVER {
            return None;
        }
        loop {
            let highest = self.tree.combined();
            if highest == 0 {
                return None;
            }
            let task = highest as u32;
            self.tree.remove(index_of(task));
            if let Some(position) = queue.position_of(task) {
                return Some(position);
            }
        }
    }
}
