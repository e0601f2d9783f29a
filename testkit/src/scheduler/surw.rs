//! The random walk that is uniform over interleavings.

use fastrand::Rng;

use super::preemption::preempt_anywhere;
use super::profile::{index_of, task_at};
use super::tree::{Sum, Tree};
use super::{Algorithm, PollStart, Profile, QueueHead, ReadyTasks};

/// Random walk that is uniform over whole interleavings instead of over each choice (SURW). The more steps a task has
/// left, including those of tasks that it will spawn, the more likely it is to run.
///
/// Source: Zhao, Wolff, Mathur and Roychoudhury 2025, "Selectively uniform concurrency testing". Differences: the
/// number of steps of each task is taken from the first run, in which all tasks have the same weight. A task and its
/// descendants together weigh no more than the longest task. The paper selects the events of interest; here, all steps
/// are of interest (the paper's URW).
#[derive(Default)]
pub(super) struct Surw {
    rng: Rng,
    preempts: bool,
    /// Estimated number of steps left for each task.
    remaining: Vec<u32>,
    /// Maximum weight of a task.
    max_weight: u32,
    /// Weights of the tasks in the run queue, and stale weights of tasks that ran because no other was ready.
    tree: Tree<Sum>,
}

impl Surw {
    pub(super) fn begin(&mut self, rng: Rng, preempts: bool, profile: &Profile) {
        self.remaining.clear();
        self.remaining.extend_from_slice(profile.steps());
        self.max_weight = profile.longest().max(1);
        self.tree.clear();
        (self.rng, self.preempts) = (rng, preempts);
    }

    /// Returns the weight of a task: its number of steps left, but at least 1, and at most the maximum.
    #[inline]
    fn weight(&self, task: u32) -> u32 {
        self.remaining.get(index_of(task)).copied().unwrap_or(1).clamp(1, self.max_weight)
    }
}

impl Algorithm for Surw {
    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    #[inline]
    fn choose_task(&mut self, _: QueueHead, queue: &impl ReadyTasks) -> Option<usize> {
        for &task in queue.newly_queued() {
            self.tree.insert(index_of(task), u64::from(self.weight(task)));
        }
        loop {
            let total = self.tree.combined();
            if total == 0 {
                return None;
            }
            let drawn = self.tree.leaf_at(scale(self.rng.u64(..), total));
            self.tree.remove(drawn);
            if let Some(position) = queue.position_of(task_at(drawn)) {
                return Some(position);
            }
        }
    }

    #[inline]
    fn preempt_after(&mut self, PollStart { task, .. }: PollStart) -> Option<u32> {
        if let Some(remaining) = self.remaining.get_mut(index_of(task)) {
            *remaining = remaining.saturating_sub(1);
        }
        if self.preempts { preempt_anywhere(&mut self.rng) } else { None }
    }
}

/// Scales a random number to a number below `whole`.
#[inline]
fn scale(number: u64, whole: u64) -> u64 {
    ((u128::from(number) * u128::from(whole)) >> 64) as u64
}
