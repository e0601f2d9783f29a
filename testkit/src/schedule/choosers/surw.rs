use std::iter;

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
    /// None in line counts more, as far as one has looked.
    bound: u32,
}

/// So many places are tried by chance, before all are looked at.
const TRIES: u32 = 8;

impl Surw {
    pub(in crate::schedule) fn begin(&mut self, rng: Rng, preempts: bool, profile: &Profile) {
        self.left.clear();
        self.left.extend_from_slice(profile.steps());
        self.most = profile.longest().max(1);
        self.bound = self.most;
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
            let weight = self.weight(line.at(place));
            // One that was not in line when it was looked at.
            self.bound = self.bound.max(weight);
            if self.rng.u32(..self.bound) < weight {
                return Some(place);
            }
        }
        let drawn = self.rng.u64(..);
        let all = || iter::once(first.task).chain(line.others());
        let (mut total, mut bound) = (0, 0);
        for weight in all().map(|task| self.weight(task)) {
            (total, bound) = (total + u64::from(weight), bound.max(weight));
        }
        self.bound = bound;
        let mut rest = drawn % total;
        let task = all().find(|&task| {
            let weight = u64::from(self.weight(task));
            let is_it = rest < weight;
            rest = rest.saturating_sub(weight);
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
