use fastrand::Rng;

use super::order::Order;
use super::stepping::step;
use super::{Chooser, First, Line, Polled, Profile};

/// Probabilistic concurrency testing: tasks have random priorities, the highest of those that are ready runs, and at
/// `depth - 1` random steps the one that runs falls behind all others. A bug that takes `depth` events in a certain order is
/// found with a probability of at least one to `n * k^(depth - 1)`, of `n` tasks and `k` steps.
///
/// Source: Burckhardt, Kothari, Musuvathi and Nagarakatte 2010, "A randomized scheduler with probabilistic guarantees of
/// finding bugs". Departures: a step is an operation of tokio, and not one on memory. How many there are is taken from the
/// first run. A task that yields keeps its priority; who has been passed over too often runs all the same.
#[derive(Default)]
pub(super) struct Pct {
    rng: Rng,
    order: Order,
    preempts: bool,
    step: u32,
    /// The steps at which the running task falls behind, the next one last.
    changes: Vec<u32>,
}

/// Priorities below it are of tasks that have fallen behind.
const FALLEN: u32 = 1 << 16;

impl Pct {
    pub(super) fn begin(&mut self, mut rng: Rng, depth: u32, preempts: bool, profile: &Profile) {
        self.order.clear();
        let steps = profile.total().max(1);
        self.changes.clear();
        self.changes.extend((1..depth).map(|_| rng.u32(1..=steps)));
        self.changes.sort_unstable_by(|one, other| other.cmp(one));
        (self.rng, self.preempts, self.step) = (rng, preempts, 0);
    }
}

impl Chooser for Pct {
    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    #[inline]
    fn run(&mut self, first: First, line: &impl Line) -> Option<usize> {
        let rng = &mut self.rng;
        self.order.take_in(line, |known| if known > 0 { known } else { rng.u32(FALLEN..) });
        self.order.take_highest(first, line)
    }

    #[inline]
    fn preempt(&mut self, Polled { task, .. }: Polled) -> Option<u32> {
        self.step += 1;
        while self.changes.last().is_some_and(|&step| step <= self.step) {
            // Who falls later, falls deeper.
            *self.order.priority(task) = self.changes.len() as u32;
            self.changes.pop();
        }
        if self.preempts { step(&mut self.rng) } else { None }
    }
}
