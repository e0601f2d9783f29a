use crate::schedule::LANE;

/// How long a test is, and how long each of its tasks, as one run has shown: strategies that spread their choices over all
/// of it go by that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    /// How many polls and operations of tokio there were of each task, those of tasks that it spawned among them.
    steps: Vec<u32>,
    /// How many there were of the task that had most of its own.
    longest: u32,
    total: u32,
}

/// The place of a task in a list of all, with the lane in front.
#[inline]
pub(super) fn place(task: u32) -> usize {
    const { assert!(LANE == u32::MAX) };
    task.wrapping_add(1) as usize
}

/// The task at a place of such a list.
#[inline]
pub(super) fn task_at(place: usize) -> u32 {
    (place as u32).wrapping_sub(1)
}

impl Profile {
    /// A task was polled, and has come through so many operations.
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

    /// How many steps each task has, with the lane in front.
    pub(super) fn steps(&self) -> &[u32] {
        &self.steps
    }

    /// How many steps of its own a task has at the most.
    pub(super) fn longest(&self) -> u32 {
        self.longest
    }

    /// How many steps there are in all.
    pub(super) fn total(&self) -> u32 {
        self.total
    }

    /// Gives each task the steps of those that it spawns, too. `parents` tells who has spawned a task, with a lower number
    /// than its own.
    pub(crate) fn with_families(mut self, parents: impl DoubleEndedIterator<Item = (u32, u32)>) -> Self {
        self.longest = self.steps.iter().copied().max().unwrap_or(0);
        for (task, parent) in parents.rev() {
            let steps = self.steps.get(place(task)).copied().unwrap_or(0);
            self.add(parent, steps);
        }
        self
    }
}
