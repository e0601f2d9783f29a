use std::sync::Arc;

use fastrand::Rng;

use super::{Chooser, Cut, First, Line, Polled};
use crate::schedule::{At, Departures, Key};

/// Replays a schedule. Makes the default choice wherever the schedule has none.
#[derive(Default)]
pub(super) struct Replay {
    departures: Arc<Departures>,
}

impl Replay {
    pub(super) fn new(departures: Arc<Departures>) -> Self {
        Replay { departures }
    }

    fn get(&self, key: Key) -> Option<u32> {
        self.departures.get(&key).copied()
    }

    /// Returns the recorded one of `count` alternatives. Falls back to the default if there are not that many any more.
    pub(super) fn way(&self, key: Key, count: u32) -> u32 {
        self.get(key).filter(|&way| way < count).unwrap_or(0)
    }

    /// Returns whether the head of the run queue is held back.
    #[inline]
    pub(super) fn holds(&self, First { task, at, .. }: First) -> bool {
        self.departures.contains_key(&Key::Hold { task, at })
    }

    /// Returns the limit on `select!`s in a poll of a task; 0 means unlimited.
    pub(super) fn draws(&self, task: u32) -> u32 {
        self.get(Key::Draws { task }).unwrap_or(0)
    }
}

impl Chooser for Replay {
    fn rng(&mut self) -> &mut Rng {
        unreachable!("replay makes no random choices")
    }

    fn run(&mut self, First { task: first, at, passed }: First, line: &impl Line) -> Option<usize> {
        line.place_of(self.get(Key::Run { first, at, passed })?)
    }

    /// Returns the first recorded preemption that this poll can reach.
    fn preempt(&mut self, Polled { task, at, is_stopped }: Polled) -> Option<u32> {
        let first = At { operation: at.operation + u32::from(is_stopped), ..at };
        let last = At { operation: u32::MAX, ..at };
        let mut all = self.departures.range(Key::Preempt { task, at: first }..=Key::Preempt { task, at: last });
        match all.next()? {
            (Key::Preempt { at: preempted, .. }, _) => Some(preempted.operation - at.operation),
            _ => None,
        }
    }

    fn choose(&mut self, key: Key, count: u32) -> u32 {
        self.way(key, count)
    }

    fn decide(&mut self, key: Key, count: u32, _: u32) -> u32 {
        self.way(key, count)
    }

    /// Returns the first recorded byte that this operation can reach.
    fn cut(&mut self, &Cut { fake, from, size, .. }: &Cut<'_>) -> Option<u32> {
        let cut = |place| Key::Cut { fake, place };
        match self.departures.range(cut(from + 1)..cut(from.saturating_add(size).max(from + 1))).next()? {
            (Key::Cut { place, .. }, _) => Some(*place),
            _ => None,
        }
    }

    fn happens(&mut self, key: Key, _: u32) -> bool {
        self.departures.contains_key(&key)
    }

    fn probe(&mut self, key: Key) -> bool {
        self.departures.contains_key(&key)
    }

    fn select(&mut self, task: u32, at: At, ways: u32) -> u32 {
        self.way(Key::Select { task, at }, ways)
    }
}
