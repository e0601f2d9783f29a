//! Enumerates the schedules of an `exhaustive` search.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::schedule::{Deviation, Deviations};

/// Enumerates all schedules with at most `bound` deviations (choices other than the default), each once. Schedules with
/// fewer deviations come first.
///
/// Each schedule extends a shorter one with one more choice. A run of the shorter schedule, with
/// [`Bounded`](super::Bounded), records the choices that can follow its last one.
///
/// Source: Emmi, Qadeer and Rakamaric 2011, "Delay-bounded scheduling". Difference: the paper bounds how often a
/// deterministic scheduler is delayed. Here, each deviation counts as one: running a task from the middle of the run
/// queue, a preemption, the start of a `select!`, or a decision of a fake.
#[derive(Default)]
pub(crate) struct Exhaustive {
    bound: usize,
    /// Number of deviations in the current schedules. All schedules with fewer deviations are done.
    size: usize,
    /// Number of schedules of that size so far.
    count: usize,
    /// Schedules being extended, each with one more deviation than the one below it.
    stack: Vec<Branch>,
    /// Hashes of schedules that could be enumerated twice: two choices in one poll may each be recorded after the
    /// other.
    seen: HashSet<u64>,
    is_done: bool,
}

/// A schedule and the choices that can extend it.
struct Branch {
    choices: Arc<Deviations>,
    next: Vec<Deviation>,
    at: usize,
}

impl Exhaustive {
    pub(crate) fn new(bound: usize) -> Self {
        Exhaustive { bound, ..Exhaustive::default() }
    }

    /// Returns whether all schedules have been enumerated.
    pub(crate) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Returns the next schedule. `run` runs a schedule and returns the choices that can follow, or `None` if the run
    /// could not make all choices of the schedule.
    pub(crate) fn next(
        &mut self,
        mut run: impl FnMut(&Arc<Deviations>) -> Option<Vec<Deviation>>,
    ) -> Option<Arc<Deviations>> {
        while !self.is_done {
            if self.size == 0 {
                self.begin(1, &mut run);
                return Some(Arc::default());
            }
            while let Some(branch) = self.stack.last_mut() {
                let Some(choices) = branch.next(&mut self.seen) else {
                    self.stack.pop();
                    continue;
                };
                if choices.len() == self.size {
                    self.count += 1;
                    return Some(choices);
                }
                if let Some(next) = run(&choices) {
                    self.stack.push(Branch { choices, next, at: 0 });
                }
            }
            // If no schedule has this many deviations, no schedule has more.
            if self.count == 0 {
                self.is_done = true;
            } else {
                self.begin(self.size + 1, &mut run);
            }
        }
        None
    }

    /// Moves on to the schedules with `size` deviations.
    fn begin(&mut self, size: usize, run: &mut impl FnMut(&Arc<Deviations>) -> Option<Vec<Deviation>>) {
        (self.size, self.count) = (size, 0);
        self.seen.clear();
        if size > self.bound {
            self.is_done = true;
            return;
        }
        let choices = Arc::default();
        if let Some(next) = run(&choices) {
            self.stack.push(Branch { choices, next, at: 0 });
        }
    }
}

impl Branch {
    /// Returns the next schedule with one more deviation.
    fn next(&mut self, seen: &mut HashSet<u64>) -> Option<Arc<Deviations>> {
        loop {
            let &Deviation { key, value } = self.next.get(self.at)?;
            self.at += 1;
            let mut choices = (*self.choices).clone();
            choices.insert(key, value);
            if choices.keys().all(|key| key.is_scheduling()) || seen.insert(hash(&choices)) {
                return Some(Arc::new(choices));
            }
        }
    }
}

fn hash(choices: &Deviations) -> u64 {
    let mut hasher = DefaultHasher::new();
    choices.hash(&mut hasher);
    hasher.finish()
}
