use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::schedule::{Departures, Key};

/// Every schedule with at most so many choices other than the default, each once, and those with fewer first.
///
/// A schedule is found from another that lacks its last choice: that one's run tells what else there was behind its own last
/// choice. Source: Emmi, Qadeer and Rakamaric 2011, "Delay-bounded scheduling". Departures: what they bound is how often a
/// deterministic scheduler is delayed; here, any choice counts as one, also the one of a task from the middle of the line, of
/// a preempted poll, of a `select!`, and of a fake.
#[derive(Default)]
pub(crate) struct Exhaustive {
    bound: usize,
    /// How many choices the schedules have that it is at; those of fewer are done.
    size: usize,
    /// How many of that size there were.
    count: usize,
    /// Schedules whose next choices are being gone through, each with one more than that before.
    stack: Vec<Branch>,
    /// Those that may come again: of two choices of one poll, either may be noted behind the other.
    seen: HashSet<u64>,
    is_done: bool,
}

/// A schedule, and the choices that may come next.
struct Branch {
    choices: Arc<Departures>,
    next: Vec<(Key, u32)>,
    at: usize,
}

impl Exhaustive {
    pub(crate) fn new(bound: usize) -> Self {
        Exhaustive { bound, ..Exhaustive::default() }
    }

    /// Whether there are no more.
    pub(crate) fn is_done(&self) -> bool {
        self.is_done
    }

    /// The next schedule. `run` runs one, and tells what choices there would have been next; none, if it did not make all of
    /// its own.
    pub(crate) fn next(
        &mut self,
        mut run: impl FnMut(&Arc<Departures>) -> Option<Vec<(Key, u32)>>,
    ) -> Option<Arc<Departures>> {
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
            // Where there is none with so many, there is none with more.
            if self.count == 0 {
                self.is_done = true;
            } else {
                self.begin(self.size + 1, &mut run);
            }
        }
        None
    }

    /// Goes on to schedules with so many choices.
    fn begin(&mut self, size: usize, run: &mut impl FnMut(&Arc<Departures>) -> Option<Vec<(Key, u32)>>) {
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
    /// The next schedule with one choice more.
    fn next(&mut self, seen: &mut HashSet<u64>) -> Option<Arc<Departures>> {
        loop {
            let &(key, value) = self.next.get(self.at)?;
            self.at += 1;
            let mut choices = (*self.choices).clone();
            choices.insert(key, value);
            if choices.keys().all(|key| key.is_of_poll()) || seen.insert(hash(&choices)) {
                return Some(Arc::new(choices));
            }
        }
    }
}

fn hash(choices: &Departures) -> u64 {
    let mut hasher = DefaultHasher::new();
    choices.hash(&mut hasher);
    hasher.finish()
}
