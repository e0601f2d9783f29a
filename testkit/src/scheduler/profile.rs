//! Step counts of a test, measured in its first run.

use crate::schedule::RAW_TASKS;

/// Number of steps of a test and of each of its tasks, measured in one run. Used by schedulers that spread their
/// choices over the whole test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    /// Number of steps (polls and tokio operations) of each task, including those of tasks that it spawned.
    steps: Vec<u32>,
    /// Largest number of steps of one task, without those of tasks that it spawned.
    longest: u32,
    total: u32,
}

/// Returns the index of a task in a list of all tasks, in which the raw tasks come first.
#[inline]
pub(super) fn index_of(task: u32) -> usize {
    const { assert!(RAW_TASKS == u32::MAX) };
    task.wrapping_add(1) as usize
}

/// Returns the task at an index of that list.
#[inline]
pub(super) fn task_at(index: usize) -> u32 {
    (index as u32).wrapping_sub(1)
}

impl Profile {
    /// Records a poll of a task that completed this many operations.
    pub(crate) fn record_poll(&mut self, task: u32, operations: u32) {
        self.add(task, operations + 1);
        self.total += operations + 1;
    }

    fn add(&mut self, task: u32, steps: u32) {
        let index = index_of(task);
        if index >= self.steps.len() {
            self.steps.resize(index + 1, 0);
        }
        self.steps[index] += steps;
    }

    /// Returns the number of steps of each task, the raw tasks first.
    pub(super) fn steps(&self) -> &[u32] {
        &self.steps
    }

    /// Returns the largest number of steps of one task, without those of tasks that it spawned.
    pub(super) fn longest(&self) -> u32 {
        self.longest
    }

    /// Returns the total number of steps.
    pub(super) fn total(&self) -> u32 {
        self.total
    }

    /// Adds to each task the steps of the tasks that it spawned. `parents` are pairs of a task and the task that
    /// spawned it, which has a lower number.
    pub(crate) fn with_descendants(mut self, parents: impl DoubleEndedIterator<Item = (u32, u32)>) -> Self {
        self.longest = self.steps.iter().copied().max().unwrap_or(0);
        for (task, parent) in parents.rev() {
            let steps = self.steps.get(index_of(task)).copied().unwrap_or(0);
            self.add(parent, steps);
        }
        self
    }
}
