//! All schedules within a bound, shared by worker threads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::settings::Shard;
use crate::internal::lock;
use crate::schedule::{Deviation, Deviations};
use crate::scheduler::Exhaustive;

/// Hands out all schedules within a bound.
pub(super) struct ExhaustiveSchedules {
    shared: Mutex<Shared>,
    shard: Shard,
}

struct Shared {
    schedules: Exhaustive,
    /// Index of the next schedule.
    next: usize,
    /// Running schedules by index. Kept here so that a schedule can be reported even if its poll does not return.
    running: HashMap<usize, Arc<Deviations>>,
}

impl ExhaustiveSchedules {
    pub(super) fn new(bound: usize, shard: Shard) -> Self {
        let shared = Shared { schedules: Exhaustive::new(bound), next: 0, running: HashMap::new() };
        ExhaustiveSchedules { shared: Mutex::new(shared), shard }
    }

    /// Returns whether all schedules have been handed out.
    pub(super) fn is_done(&self) -> bool {
        lock(&self.shared).schedules.is_done()
    }

    /// Returns the next schedule and its index. `run` runs a schedule and returns the choices that could follow it.
    /// Other worker threads wait meanwhile, which keeps the order of the schedules independent of the threads.
    pub(super) fn next(
        &self,
        mut run: impl FnMut(&Arc<Deviations>) -> Option<Vec<Deviation>>,
    ) -> Option<(usize, Arc<Deviations>)> {
        let shared = &mut *lock(&self.shared);
        loop {
            let deviations = shared.schedules.next(&mut run)?;
            let index = shared.next;
            shared.next += 1;
            if index % self.shard.count == self.shard.index {
                shared.running.insert(index, deviations.clone());
                return Some((index, deviations));
            }
        }
    }

    /// Removes a running schedule and returns it.
    pub(super) fn take(&self, index: usize) -> Option<Arc<Deviations>> {
        lock(&self.shared).running.remove(&index)
    }
}
