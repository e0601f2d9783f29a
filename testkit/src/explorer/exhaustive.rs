//! All schedules up to a bound, for workers that run them side by side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::settings::Shard;
use crate::internal::lock;
use crate::schedule::{ChoiceKey, Deviations};
use crate::scheduler::Exhaustive;

/// All schedules up to a bound.
pub(super) struct ExhaustiveSchedules {
    shared: Mutex<Shared>,
    shard: Shard,
}

struct Shared {
    schedules: Exhaustive,
    next: usize,
    /// By their number: one whose poll does not come back is told all the same.
    under_way: HashMap<usize, Arc<Deviations>>,
}

impl ExhaustiveSchedules {
    pub(super) fn new(bound: usize, shard: Shard) -> Self {
        let shared = Shared { schedules: Exhaustive::new(bound), next: 0, under_way: HashMap::new() };
        ExhaustiveSchedules { shared: Mutex::new(shared), shard }
    }

    /// Whether there are no more.
    pub(super) fn is_done(&self) -> bool {
        lock(&self.shared).schedules.is_done()
    }

    /// The next schedule, and its number. `run` tells what other choices another schedule has behind its own. Others wait for
    /// it, so that all have the same order, whoever runs them.
    pub(super) fn next(
        &self,
        mut run: impl FnMut(&Arc<Deviations>) -> Option<Vec<(ChoiceKey, u32)>>,
    ) -> Option<(usize, Arc<Deviations>)> {
        let shared = &mut *lock(&self.shared);
        loop {
            let deviations = shared.schedules.next(&mut run)?;
            let index = shared.next;
            shared.next += 1;
            if index % self.shard.count == self.shard.index {
                shared.under_way.insert(index, deviations.clone());
                return Some((index, deviations));
            }
        }
    }

    /// The schedule of a number, which is over.
    pub(super) fn take(&self, index: usize) -> Option<Arc<Deviations>> {
        lock(&self.shared).under_way.remove(&index)
    }
}
