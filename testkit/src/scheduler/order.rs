use super::profile::place;
use super::tree::{Greatest, Tree};
use super::{QueueHead, ReadyTasks};

/// Maximum number of times that the head of the run queue is passed over. Without a limit, a task that yields in a loop
/// until another has done something could starve the other. The papers, which are about threads, have no such loops.
const MAX_PASSED: u32 = 256;

/// Priority queue of the tasks in the run queue.
#[derive(Default)]
pub(super) struct Order {
    /// Priority of each task.
    priorities: Vec<u32>,
    /// Entries of the tasks in the run queue, and of tasks that ran because no other was ready.
    tree: Tree<Greatest>,
}

impl Order {
    /// Clears all priorities. 0 stands for an unset priority.
    pub(super) fn clear(&mut self) {
        self.priorities.clear();
        self.tree.clear();
    }

    /// Returns the priority of a task.
    pub(super) fn priority(&mut self, task: u32) -> &mut u32 {
        let place = place(task);
        if place >= self.priorities.len() {
            self.priorities.resize(place + 1, 0);
        }
        &mut self.priorities[place]
    }

    /// Adds the tasks that are new in the run queue. `draw` returns the priority of a task, given its previous one; it
    /// must not return 0.
    #[inline]
    pub(super) fn take_in(&mut self, line: &impl ReadyTasks, mut draw: impl FnMut(u32) -> u32) {
        for &task in line.fresh() {
            let priority = self.priority(task);
            *priority = draw(*priority);
            let entry = u64::from(*priority) << 32 | u64::from(task);
            self.tree.put(place(task), entry);
        }
    }

    /// Removes the task with the highest priority and returns its place. Returns `None` for the head of the run queue.
    #[inline]
    pub(super) fn take_highest(&mut self, first: QueueHead, line: &impl ReadyTasks) -> Option<usize> {
        if first.passed >= MAX_PASSED {
            return None;
        }
        loop {
            let highest = self.tree.all();
            if highest == 0 {
                return None;
            }
            let task = highest as u32;
            self.tree.leave(place(task));
            if let Some(place) = line.place_of(task) {
                return Some(place);
            }
        }
    }
}
