use std::sync::Arc;

use fastrand::Rng;

use super::Noting;
use super::{Chooser, Cut, First, Line, Polled, Replay};
use crate::schedule::{At, Departures, Key};

/// The choices of a schedule, and behind them the default. It notes which others there were.
#[derive(Default)]
pub(super) struct Bounded {
    replay: Replay,
    notes: bool,
    /// Also that polls could be preempted.
    preempts: bool,
    /// Also that tasks could be held back.
    holds: bool,
    /// How many of the schedule's choices are still to come.
    left: usize,
    /// Whether the last of them was to preempt the poll that is under way: what comes in there, comes before it.
    is_in_preempted: bool,
    is_poll_preempted: bool,
    /// The choices other than the default that there would have been behind the last one of the schedule, or in its poll.
    others: Vec<(Key, u32)>,
}

impl Bounded {
    pub(super) fn begin(&mut self, departures: Arc<Departures>, noting: Noting) {
        let left = departures.keys().filter(|key| key.is_choice()).count();
        let (notes, preempts, holds) = match noting {
            Noting::Nothing => (false, false, false),
            Noting::Others { preempts, holds } => (true, preempts, holds),
        };
        let replay = Replay::new(departures);
        *self = Bounded { replay, notes, preempts, holds, left, ..Bounded::default() };
    }

    /// Whether it is to be told how many operations each poll came through.
    pub(super) fn wants_operations(&self) -> bool {
        self.notes
    }

    /// Whether not all of the schedule's choices were there to make.
    pub(super) fn is_incomplete(&self) -> bool {
        self.left > 0
    }

    pub(super) fn take_others(&mut self) -> Vec<(Key, u32)> {
        self.leave_poll();
        std::mem::take(&mut self.others)
    }

    pub(super) fn draws(&self, task: u32) -> u32 {
        self.replay.draws(task)
    }

    /// One of the schedule's choices was made.
    pub(super) fn made(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    /// There are other ways, if this is a place behind the last choice, or if it may turn out to be one.
    fn note(&mut self, others: impl IntoIterator<Item = (Key, u32)>) {
        if self.notes && !self.is_in_preempted {
            self.others.extend(others);
        }
    }

    /// The poll before is over.
    fn leave_poll(&mut self) {
        if self.left > 0 {
            self.others.clear();
        }
        self.is_in_preempted = false;
    }

    /// One of so many ways.
    fn way(&mut self, key: Key, count: u32) -> u32 {
        match self.replay.way(key, count) {
            0 => self.note((1..count).map(|way| (key, way))),
            _ => self.made(),
        }
        self.replay.way(key, count)
    }

    /// A poll has come through so many operations.
    pub(super) fn operated(&mut self, Polled { task, at, is_stopped }: Polled, operations: u32) {
        if self.preempts && !self.is_poll_preempted {
            let places = at.operation + u32::from(is_stopped)..at.operation + operations;
            self.note(places.map(|operation| (Key::Preempt { task, at: At { operation, ..at } }, 1)));
        }
    }

    /// Whether the first in line is held back.
    pub(super) fn holds(&self, first: First) -> bool {
        self.replay.holds(first)
    }

    /// The `select!`s of a poll have begun.
    pub(super) fn has_begun(&mut self, task: u32, at: At, ways: u32) {
        self.way(Key::Select { task, at }, ways);
    }
}

impl Chooser for Bounded {
    fn rng(&mut self) -> &mut Rng {
        self.replay.rng()
    }

    fn run(&mut self, first: First, line: &impl Line) -> Option<usize> {
        self.leave_poll();
        if self.holds && !self.replay.holds(first) && first.passed == 0 {
            self.note([(Key::Hold { task: first.task, at: first.at }, 1)]);
        }
        let chosen = self.replay.run(first, line);
        let First { task: first, at, passed } = first;
        if chosen.is_some() {
            self.made();
        } else {
            self.note(line.others().map(|task| (Key::Run { first, at, passed }, task)));
        }
        chosen
    }

    fn preempt(&mut self, polled: Polled) -> Option<u32> {
        self.leave_poll();
        let operations = self.replay.preempt(polled);
        self.is_poll_preempted = operations.is_some();
        self.is_in_preempted = operations.is_some() && self.left == 1;
        operations
    }

    fn choose(&mut self, key: Key, count: u32) -> u32 {
        self.way(key, count)
    }

    fn decide(&mut self, key: Key, count: u32, _: u32) -> u32 {
        self.way(key, count)
    }

    fn cut(&mut self, cut: &Cut<'_>) -> Option<u32> {
        let place = self.replay.cut(cut);
        match place {
            Some(_) => self.made(),
            None => self.note(cut.places.iter().map(|&place| (Key::Cut { fake: cut.fake, place }, 1))),
        }
        place
    }

    fn happens(&mut self, key: Key, _: u32) -> bool {
        self.way(key, 2) == 1
    }

    fn probe(&mut self, _: Key) -> bool {
        true
    }

    fn select(&mut self, task: u32, at: At, ways: u32) -> u32 {
        self.replay.way(Key::Select { task, at }, ways)
    }
}
