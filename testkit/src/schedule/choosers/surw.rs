use fastrand::Rng;

use super::profile::place;
use super::stepping::step;
use super::{Chooser, First, Line, Polled, Profile};

/// A walk that is uniform over whole interleavings, and not over each choice: a task is the more likely to run the more steps
/// it still has before it, those of tasks that it has yet to spawn among them.
///
/// Source: Zhao, Wolff, Mathur and Roychoudhury 2025, "Selectively uniform concurrency testing". Departures: how many steps a
/// task has is taken from the first run, in which all have the same weight, and its family counts no more than the longest task.
/// Nothing tells which steps are of interest, so that all are (the paper's URW).
#[derive(Default)]
pub(in crate::schedule) struct Surw {
    rng: Rng,
    preempts: bool,
    /// How many steps of each task are still to come, as far as one knows.
    left: Vec<u32>,
    /// None counts more.
    most: u32,
}

/// So many places are tried by chance, before all are looked at.
const TRIES: u32 = 8;

impl Surw {
    pub(in crate::schedule) fn begin(&mut self, rng: Rng, preempts: bool, profile: &Profile) {
        self.left.clear();
        self.left.extend_from_slice(profile.steps());
        self.most = profile.longest().max(1);
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
    fn run(&mut self, first: First, line: &impl Line) -> Option<usize> {
        for _ in 0..TRIES {
            let place = line.any_place(&mut self.rng);
            if self.rng.u32(..self.most) < self.weight(line.at(place)) {
                return Some(place);
            }
        }
        let drawn = self.rng.u64(..);
        let weight = |task| u64::from(self.weight(task));
        let total = weight(first.task) + line.others().map(weight).sum::<u64>();
        // Behind the first, whose turn it is not, it is whoever the rest falls to.
        let mut rest = (drawn % total).checked_sub(weight(first.task))?;
        let task = line.others().find(|&task| {
            let is_it = rest < weight(task);
            rest = rest.saturating_sub(weight(task));
            is_it
        });
        line.place_of(task?)
    }

    #[inline]
    fn preempt(&mut self, Polled { task, .. }: Polled) -> Option<u32> {
        if let Some(left) = self.left.get_mut(place(task)) {
            *left = left.saturating_sub(1);
        }
        if self.preempts { step(&mut self.rng) } else { None }
    }
}
