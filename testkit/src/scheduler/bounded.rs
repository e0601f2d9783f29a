use std::sync::Arc;

use fastrand::Rng;

use super::Alternatives;
use super::{Algorithm, Cut, PollStart, QueueHead, ReadyTasks, Replay};
use crate::schedule::{ChoiceKey, Deviations, PollPosition};

/// Replays a schedule, then makes default choices. Records the alternatives to those.
#[derive(Default)]
pub(super) struct Bounded {
    replay: Replay,
    is_recording: bool,
    /// Whether preemptions are recorded as alternatives.
    preempts: bool,
    /// Whether holding tasks back is recorded as an alternative.
    holds: bool,
    /// Number of choices of the schedule that are still to come.
    remaining: usize,
    /// Whether the last choice is to preempt the current poll. Choices made during that poll come before the
    /// preemption.
    is_in_preempted: bool,
    is_poll_preempted: bool,
    /// Alternatives to the default choices after the last choice of the schedule, or in its poll.
    others: Vec<(ChoiceKey, u32)>,
}

impl Bounded {
    pub(super) fn begin(&mut self, deviations: Arc<Deviations>, alternatives: Alternatives) {
        let remaining = deviations.keys().filter(|key| key.is_choice()).count();
        let (is_recording, preempts, holds) = match alternatives {
            Alternatives::Ignored => (false, false, false),
            Alternatives::Recorded { preempts, holds } => (true, preempts, holds),
        };
        let replay = Replay::new(deviations);
        *self = Bounded { replay, is_recording, preempts, holds, remaining, ..Bounded::default() };
    }

    /// Returns whether [`Bounded::operated`] has to be called after each poll.
    pub(super) fn wants_operations(&self) -> bool {
        self.is_recording
    }

    /// Returns whether some choices of the schedule did not come up in the run.
    pub(super) fn is_incomplete(&self) -> bool {
        self.remaining > 0
    }

    pub(super) fn take_alternatives(&mut self) -> Vec<(ChoiceKey, u32)> {
        self.leave_poll();
        std::mem::take(&mut self.others)
    }

    pub(super) fn draws(&self, task: u32) -> u32 {
        self.replay.draws(task)
    }

    /// Records that a choice of the schedule was made.
    pub(super) fn made(&mut self) {
        self.remaining = self.remaining.saturating_sub(1);
    }

    /// Records alternatives. Those before the last choice of the schedule are discarded when the poll ends.
    fn record(&mut self, others: impl IntoIterator<Item = (ChoiceKey, u32)>) {
        if self.is_recording && !self.is_in_preempted {
            self.others.extend(others);
        }
    }

    /// Ends the previous poll.
    fn leave_poll(&mut self) {
        if self.remaining > 0 {
            self.others.clear();
        }
        self.is_in_preempted = false;
    }

    /// Returns the recorded one of `count` alternatives, and records the others after the default.
    fn way(&mut self, key: ChoiceKey, count: u32) -> u32 {
        match self.replay.way(key, count) {
            0 => self.record((1..count).map(|way| (key, way))),
            _ => self.made(),
        }
        self.replay.way(key, count)
    }

    /// Records the preemptions that were possible in a poll that completed this many operations.
    pub(super) fn operated(&mut self, PollStart { task, at, is_stopped }: PollStart, operations: u32) {
        if self.preempts && !self.is_poll_preempted {
            let places = at.operation + u32::from(is_stopped)..at.operation + operations;
            self.record(places.map(|operation| (ChoiceKey::Preempt { task, at: PollPosition { operation, ..at } }, 1)));
        }
    }

    /// Returns whether the head of the run queue is held back.
    pub(super) fn holds(&self, first: QueueHead) -> bool {
        self.replay.holds(first)
    }

    /// Records that a poll has reached its first `select!`.
    pub(super) fn has_begun(&mut self, task: u32, at: PollPosition, ways: u32) {
        self.way(ChoiceKey::Select { task, at }, ways);
    }
}

impl Algorithm for Bounded {
    fn rng(&mut self) -> &mut Rng {
        self.replay.rng()
    }

    fn run(&mut self, first: QueueHead, line: &impl ReadyTasks) -> Option<usize> {
        self.leave_poll();
        if self.holds && !self.replay.holds(first) && first.passed == 0 {
            self.record([(ChoiceKey::Hold { task: first.task, at: first.at }, 1)]);
        }
        let chosen = self.replay.run(first, line);
        let QueueHead { task: first, at, passed } = first;
        if chosen.is_some() {
            self.made();
        } else {
            self.record(line.others().map(|task| (ChoiceKey::Run { first, at, passed }, task)));
        }
        chosen
    }

    fn preempt(&mut self, polled: PollStart) -> Option<u32> {
        self.leave_poll();
        let operations = self.replay.preempt(polled);
        self.is_poll_preempted = operations.is_some();
        self.is_in_preempted = operations.is_some() && self.remaining == 1;
        operations
    }

    fn choose(&mut self, key: ChoiceKey, count: u32) -> u32 {
        self.way(key, count)
    }

    fn decide(&mut self, key: ChoiceKey, count: u32, _: u32) -> u32 {
        self.way(key, count)
    }

    fn cut(&mut self, cut: &Cut<'_>) -> Option<u32> {
        let place = self.replay.cut(cut);
        match place {
            Some(_) => self.made(),
            None => self.record(cut.places.iter().map(|&place| (ChoiceKey::Cut { fake: cut.fake, place }, 1))),
        }
        place
    }

    fn happens(&mut self, key: ChoiceKey, _: u32) -> bool {
        self.way(key, 2) == 1
    }

    fn probe(&mut self, _: ChoiceKey) -> bool {
        true
    }

    fn select(&mut self, task: u32, at: PollPosition, ways: u32) -> u32 {
        self.replay.way(ChoiceKey::Select { task, at }, ways)
    }
}
