//! Makes the choices of a known schedule.

use std::sync::Arc;

use fastrand::Rng;

use super::{Algorithm, PollStart, QueueHead, ReadyTasks, Transfer};
use crate::schedule::{ChoiceKey, Deviations, PollPosition};

/// Replays a schedule. Makes the default choice if the schedule has no deviation.
#[derive(Default)]
pub(super) struct Replay {
    deviations: Arc<Deviations>,
}

impl Replay {
    pub(super) fn new(deviations: Arc<Deviations>) -> Self {
        Replay { deviations }
    }

    fn get(&self, key: ChoiceKey) -> Option<u32> {
        self.deviations.get(&key).copied()
    }

    /// Returns the choice of the schedule among `count` alternatives, or the default if it no longer exists.
    pub(super) fn alternative(&self, key: ChoiceKey, count: u32) -> u32 {
        self.get(key).filter(|&chosen| chosen < count).unwrap_or(0)
    }

    /// Returns whether the head of the run queue is held back: other ready tasks run first.
    #[inline]
    pub(super) fn holds_back(&self, QueueHead { task, at, .. }: QueueHead) -> bool {
        self.deviations.contains_key(&ChoiceKey::Hold { task, at })
    }

    /// Returns the limit on `select!`s in a poll of a task; 0 means unlimited.
    pub(super) fn select_limit(&self, task: u32) -> u32 {
        self.get(ChoiceKey::SelectLimit { task }).unwrap_or(0)
    }
}

impl Algorithm for Replay {
    fn rng(&mut self) -> &mut Rng {
        unreachable!("replay makes no random choices")
    }

    fn choose_task(
        &mut self,
        QueueHead { task: first, at, passed_over }: QueueHead,
        queue: &impl ReadyTasks,
    ) -> Option<usize> {
        queue.position_of(self.get(ChoiceKey::Run { first, at, passed_over })?)
    }

    /// Returns the first preemption in the schedule that this poll can reach.
    fn preempt_after(&mut self, PollStart { task, at, is_preempted }: PollStart) -> Option<u32> {
        let first = PollPosition { operation: at.operation + u32::from(is_preempted), ..at };
        let last = PollPosition { operation: u32::MAX, ..at };
        let mut all =
            self.deviations.range(ChoiceKey::Preempt { task, at: first }..=ChoiceKey::Preempt { task, at: last });
        match all.next()? {
            (ChoiceKey::Preempt { at: preempted, .. }, _) => Some(preempted.operation - at.operation),
            _ => None,
        }
    }

    fn choose(&mut self, key: ChoiceKey, count: u32) -> u32 {
        self.alternative(key, count)
    }

    fn decide(&mut self, key: ChoiceKey, count: u32, _: u32) -> u32 {
        self.alternative(key, count)
    }

    /// Returns the first end in the schedule that this transfer can reach.
    fn short_transfer(&mut self, &Transfer { fake, start, size, .. }: &Transfer<'_>) -> Option<u32> {
        let key = |end| ChoiceKey::ShortTransfer { fake, end };
        match self.deviations.range(key(start + 1)..key(start.saturating_add(size).max(start + 1))).next()? {
            (ChoiceKey::ShortTransfer { end, .. }, _) => Some(*end),
            _ => None,
        }
    }

    fn happens(&mut self, key: ChoiceKey, _: u32) -> bool {
        self.deviations.contains_key(&key)
    }

    fn select(&mut self, task: u32, at: PollPosition, starts: u32) -> u32 {
        self.alternative(ChoiceKey::Select { task, at }, starts)
    }
}
