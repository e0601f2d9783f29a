use super::profile::place;
use super::tree::{Greatest, Tree};
use super::{First, Line};

/// So often is the first in line passed over at the most. Of who yields in a loop until another has done something, the
/// other may come last in any order; papers on threads have no such loops.
const PATIENCE: u32 = 256;

/// The tasks in line by priority, kept so that the highest is found without looking at all.
#[derive(Default)]
pub(super) struct Order {
    /// Of each task.
    priorities: Vec<u32>,
    /// Of those in line, and of such as have run when nobody else was ready.
    tree: Tree<Greatest>,
}

impl Order {
    /// Forgets all priorities: 0 stands for one that is not set.
    pub(super) fn clear(&mut self) {
        self.priorities.clear();
        self.tree.clear();
    }

    /// The priority of a task.
    pub(super) fn priority(&mut self, task: u32) -> &mut u32 {
        let place = place(task);
        if place >= self.priorities.len() {
            self.priorities.resize(place + 1, 0);
        }
        &mut self.priorities[place]
    }

    /// Takes in those that have come to the line. `draw` gives the priority of one, from what it was; it must not be 0.
    #[inline]
    pub(super) fn take_in(&mut self, line: &impl Line, mut draw: impl FnMut(u32) -> u32) {
        for &task in line.fresh() {
            let priority = self.priority(task);
            *priority = draw(*priority);
            let entry = u64::from(*priority) << 32 | u64::from(task);
            self.tree.put(place(task), entry);
        }
    }

    /// The place of the task with the highest priority, which leaves.
    #[inline]
    pub(super) fn take_highest(&mut self, first: First, line: &impl Line) -> Option<usize> {
        if first.passed >= PATIENCE {
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
