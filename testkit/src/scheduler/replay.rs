use std::sync::Arc;

use fastrand::Rng;

use super::{Algorithm, Cut, PollStart, QueueHead, ReadyTasks};
use crate::schedule::{ChoiceKey, Deviations, PollPosition};

/// Replays a schedule. Makes the default choice wherever the schedule has none.
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

    /// Returns the recorded one of `count` alternatives. Falls back to the default if there are not that many any more.
    pub(super) fn way(&self, key: ChoiceKey, count: u32) -> u32 {
        self.get(key).filter(|&way| way < count).unwrap_or(0)
    }

    /// Returns whether the head of the run queue is held back.
    #[inline]
    pub(super) fn holds(&self, QueueHead { task, at, .. }: QueueHead) -> bool {
        self.deviations.contains_key(&ChoiceKey::Hold { task, at })
    }

    /// Returns the limit on `select!`s in a poll of a task; 0 means unlimited.
    pub(super) fn draws(&self, task: u32) -> u32 {
        self.get(ChoiceKey::Draws { task }).unwrap_or(0)
    }
}

impl Algorithm for Replay {
    fn rng(&mut self) -> &mut Rng {
        unreachable!("replay makes no random choices")
    }

    fn run(&mut self, QueueHead { task: first, at, passed }: QueueHead, line: &impl ReadyTasks) -> Option<usize> {
        line.place_of(self.get(ChoiceKey::Run { first, at, passed })?)
    }

    /// Returns the first recorded preemption that this poll can reach.
    fn preempt(&mut self, PollStart { task, at, is_stopped }: PollStart) -> Option<u32> {
        let first = PollPosition { operation: at.operation + u32::from(is_stopped), ..at };
        let last = PollPosition { operation: u32::MAX, ..at };
        let mut all =
            self.deviations.range(ChoiceKey::Preempt { task, at: first }..=ChoiceKey::Preempt { task, at: last });
        match all.next()? {
            (ChoiceKey::Preempt { at: preempted, .. }, _) => Some(preempted.operation - at.operation),
            _ => None,
        }
    }

    fn choose(&mut self, key: ChoiceKey, count: u32) -> u32 {
        self.way(key, count)
    }

    fn decide(&mut self, key: ChoiceKey, count: u32, _: u32) -> u32 {
        self.way(key, count)
    }

    /// Returns the first recorded byte that this operation can reach.
    fn cut(&mut self, &Cut { fake, from, size, .. }: &Cut<'_>) -> Option<u32> {
        let cut = |place| ChoiceKey::Cut { fake, place };
        match self.deviations.range(cut(from + 1)..cut(from.saturating_add(size).max(from + 1))).next()? {
            (ChoiceKey::Cut { place, .. }, _) => Some(*place),
            _ => None,
        }
    }

    fn happens(&mut self, key: ChoiceKey, _: u32) -> bool {
        self.deviations.contains_key(&key)
    }

    fn probe(&mut self, key: ChoiceKey) -> bool {
        self.deviations.contains_key(&key)
    }

    fn select(&mut self, task: u32, at: PollPosition, ways: u32) -> u32 {
        self.way(ChoiceKey::Select { task, at }, ways)
    }
}
