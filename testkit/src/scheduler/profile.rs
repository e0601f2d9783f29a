use crate::schedule::RAW_TASKS;

/// Lengths of a test and of each of its tasks, measured in one run. Used by schedulers that spread their choices over
/// the whole test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    /// Number of steps (polls and tokio operations) of each task, including those of tasks that it spawned.
    steps: Vec<u32>,
    /// Largest number of steps of one task, without those of tasks that it spawned.
    longest: u32,
    total: u32,
}

/// Index of a task in a list of all tasks, in which the raw tasks come first.
#[inline]
pub(super) fn place(task: u32) -> usize {
    const { assert!(RAW_TASKS == u32::MAX) };
    task.wrapping_add(1) as usize
}

/// Task at an index of such a list.
#[inline]
pub(super) fn task_at(place: usize) -> u32 {
    (place as u32).wrapping_sub(1)
}

impl Profile {
    /// Records a poll of a task that completed this many operations.
    pub(crate) fn polled(&mut self, task: u32, operations: u32) {
        self.add(task, operations + 1);
        self.total += operations + 1;
    }

    fn add(&mut self, task: u32, steps: u32) {
        let place = place(task);
        if place >= self.steps.len() {
            self.steps.resize(place + 1, 0);
        }
        self.steps[place] += steps;
    }

    /// Number of steps of each task, the raw tasks first.
    pub(super) fn steps(&self) -> &[u32] {
        &self.steps
    }

    /// Largest number of steps of one task, without those of tasks that it spawned.
    pub(super) fn longest(&self) -> u32 {
        self.longest
    }

    /// Total number of steps.
    pub(super) fn total(&self) -> u32 {
        self.total
    }

    /// Adds to each task the steps of the tasks that it spawned. `parents` are pairs of a task and the task that
    /// spawned it, which has a lower number.
    pub(crate) fn with_families(mut self, parents: impl DoubleEndedIterator<Item = (u32, u32)>) -> Self {
        self.longest = self.steps.iter().copied().max().unwrap_or(0);
        for (task, parent) in parents.rev() {
            let steps = self.steps.get(place(task)).copied().unwrap_or(0);
            self.add(parent, steps);
        }
        self
    }
}
