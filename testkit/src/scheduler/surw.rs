use fastrand::Rng;

use super::profile::{place, task_at};
use super::stepping::step;
use super::tree::{Sum, Tree};
use super::{Chooser, First, Line, Polled, Profile};

/// A walk that is uniform over whole interleavings, and not over each choice: a task is the more likely to run the more steps
/// it still has before it, those of tasks that it has yet to spawn among them.
///
/// Source: Zhao, Wolff, Mathur and Roychoudhury 2025, "Selectively uniform concurrency testing". Departures: how many steps a
/// task has is taken from the first run, in which all have the same weight, and its family counts no more than the longest task.
/// Nothing tells which steps are of interest, so that all are (the paper's URW).
#[derive(Default)]
pub(super) struct Surw {
    rng: Rng,
    preempts: bool,
    /// How many steps of each task are still to come, as far as one knows.
    left: Vec<u32>,
    /// None counts more.
    most: u32,
    /// The weights of those in line, and of such as have run when nobody else was ready.
    tree: Tree<Sum>,
}

impl Surw {
    pub(super) fn begin(&mut self, rng: Rng, preempts: bool, profile: &Profile) {
        self.left.clear();
        self.left.extend_from_slice(profile.steps());
        self.most = profile.longest().max(1);
        self.tree.clear();
        (self.rng, self.preempts) = (rng, preempts);
    }

    /// The weight of a task: one that has taken more steps than was known may still take one.
    #[inline]
    fn weight(&self, task: u32) -> u32 {
        self.left.get(place(task)).copied().unwrap_or(1).clamp(1, self.most)
    }
}

impl Chooser for Surw {
    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    #[inline]
    fn run(&mut self, _: First, line: &impl Line) -> Option<usize> {
        for &task in line.fresh() {
            self.tree.put(place(task), u64::from(self.weight(task)));
        }
        loop {
            let all = self.tree.all();
            if all == 0 {
                return None;
            }
            let drawn = self.tree.place_at(part(self.rng.u64(..), all));
            self.tree.leave(drawn);
            if let Some(place) = line.place_of(task_at(drawn)) {
                return Some(place);
            }
        }
    }

    #[inline]
    fn preempt(&mut self, Polled { task, .. }: Polled) -> Option<u32> {
        if let Some(left) = self.left.get_mut(place(task)) {
            *left = left.saturating_sub(1);
        }
        if self.preempts { step(&mut self.rng) } else { None }
    }
}

/// A number below `whole`, from one of all there are.
#[inline]
fn part(number: u64, whole: u64) -> u64 {
    ((u128::from(number) * u128::from(whole)) >> 64) as u64
}
