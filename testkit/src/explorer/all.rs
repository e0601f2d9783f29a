//! All schedules up to a bound, for workers that run them side by side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::internal::lock;

use crate::schedule::{Departures, Exhaustive, Key};

/// All schedules up to a bound.
pub(super) struct All {
    shared: Mutex<Shared>,
    /// Which part of them is run, of how many.
    shard: (usize, usize),
}

struct Shared {
    schedules: Exhaustive,
    next: usize,
    /// By their number: one whose poll does not come back is told all the same.
    under_way: HashMap<usize, Arc<Departures>>,
}

impl All {
    pub(super) fn new(bound: usize, shard: (usize, usize)) -> Self {
        let shared = Shared { schedules: Exhaustive::new(bound), next: 0, under_way: HashMap::new() };
        All { shared: Mutex::new(shared), shard }
    }

    /// Whether there are no more.
    pub(super) fn is_done(&self) -> bool {
        lock(&self.shared).schedules.is_done()
    }

    /// The next schedule, and its number. `run` tells what other choices another schedule has behind its own. Others wait for
    /// it, so that all have the same order, whoever runs them.
    pub(super) fn next(
        &self,
        mut run: impl FnMut(&Arc<Departures>) -> Option<Vec<(Key, u32)>>,
    ) -> Option<(usize, Arc<Departures>)> {
        let shared = &mut *lock(&self.shared);
        let (part, parts) = self.shard;
        loop {
            let departures = shared.schedules.next(&mut run)?;
            let index = shared.next;
            shared.next += 1;
            if index % parts == part {
                shared.under_way.insert(index, departures.clone());
                return Some((index, departures));
            }
        }
    }

    /// The schedule of a number, which is over.
    pub(super) fn take(&self, index: usize) -> Option<Arc<Departures>> {
        lock(&self.shared).under_way.remove(&index)
    }
}
