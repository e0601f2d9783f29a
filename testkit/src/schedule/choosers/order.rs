use std::collections::BinaryHeap;

use super::profile::place;
use super::{First, Line};

/// So often is the first in line passed over at the most. Of who yields in a loop until another has done something, the
/// other may come last in any order; papers on threads have no such loops.
const PATIENCE: u32 = 256;

/// The tasks in line by priority, kept so that the highest is found without looking at all.
#[derive(Default)]
pub(super) struct Order {
    /// Of each task.
    priorities: Vec<u32>,
    /// Of tasks in line, as they were when they came; with such as are no longer in line.
    heap: BinaryHeap<u64>,
}

fn entry(priority: u32, task: u32) -> u64 {
    u64::from(priority) << 32 | u64::from(task)
}

impl Order {
    /// Forgets all priorities: 0 stands for one that is not set.
    pub(super) fn clear(&mut self) {
        self.priorities.clear();
        self.heap.clear();
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
            let entry = entry(*priority, task);
            self.heap.push(entry);
        }
    }

    /// The place of the task with the highest priority, which leaves.
    #[inline]
    pub(super) fn take_highest(&mut self, first: First, line: &impl Line) -> Option<usize> {
        if first.passed >= PATIENCE {
            return None;
        }
        while let Some(highest) = self.heap.pop() {
            let (priority, task) = ((highest >> 32) as u32, highest as u32);
            // One that ran when nobody else was ready was not taken from here.
            if *self.priority(task) == priority
                && let Some(place) = line.place_of(task)
            {
                return Some(place);
            }
        }
        None
    }
}
