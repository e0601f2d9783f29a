//! Runs of a search with a bound on deviations, such as `exhaustive`.

use std::sync::Arc;

use fastrand::Rng;

use super::Alternatives;
use super::{Algorithm, PollStart, QueueHead, ReadyTasks, Replay, Transfer};
use crate::schedule::{ChoiceKey, Deviation, Deviations, PollPosition};

/// Runs one schedule of a search that bounds the number of deviations, such as a search with the setting `exhaustive`.
/// Replays the schedule, then makes default choices. Records the alternatives to these default choices: each leads to a
/// schedule with one more deviation.
#[derive(Default)]
pub(super) struct Bounded {
    replay: Replay,
    is_recording: bool,
    /// Whether preemptions are recorded as alternatives.
    records_preemptions: bool,
    /// Whether holds are recorded as alternatives.
    records_holds: bool,
    /// Number of choices of the schedule that have not been made yet.
    remaining: usize,
    /// Whether the current poll ends with the last choice of the schedule, a preemption. Alternatives in this poll come
    /// before that choice, and are not recorded.
    is_in_preempted: bool,
    is_poll_preempted: bool,
    /// Alternatives to the default choices that were made after the last choice of the schedule, or in the same poll.
    alternatives: Vec<Deviation>,
}

impl Bounded {
    pub(super) fn begin(&mut self, deviations: Arc<Deviations>, alternatives: Alternatives) {
        let remaining = deviations.keys().filter(|key| key.is_choice()).count();
        let (is_recording, records_preemptions, records_holds) = match alternatives {
            Alternatives::Ignored => (false, false, false),
            Alternatives::Recorded { preempts, holds } => (true, preempts, holds),
        };
        let replay = Replay::new(deviations);
        *self = Bounded { replay, is_recording, records_preemptions, records_holds, remaining, ..Bounded::default() };
    }

    /// Returns whether [`Bounded::record_operations`] must be called after each poll.
    pub(super) fn wants_operations(&self) -> bool {
        self.is_recording
    }

    /// Returns whether some choices of the schedule have not been made.
    pub(super) fn is_incomplete(&self) -> bool {
        self.remaining > 0
    }

    /// Takes the recorded alternatives, at the end of the run.
    pub(super) fn take_alternatives(&mut self) -> Vec<Deviation> {
        self.end_poll();
        std::mem::take(&mut self.alternatives)
    }

    /// Returns the limit on `select!`s in a poll of a task; 0 means unlimited.
    pub(super) fn select_limit(&self, task: u32) -> u32 {
        self.replay.select_limit(task)
    }

    /// Records that a choice of the schedule was made.
    pub(super) fn record_made(&mut self) {
        self.remaining = self.remaining.saturating_sub(1);
    }

    /// Records alternatives. When the poll ends before the last choice of the schedule, they are discarded.
    fn record(&mut self, alternatives: impl IntoIterator<Item = Deviation>) {
        if self.is_recording && !self.is_in_preempted {
            self.alternatives.extend(alternatives);
        }
    }

    /// Ends the poll before this choice.
    fn end_poll(&mut self) {
        if self.remaining > 0 {
            self.alternatives.clear();
        }
        self.is_in_preempted = false;
    }

    /// Returns the choice of the schedule among `count` alternatives. If that is the default, records the others.
    fn alternative(&mut self, key: ChoiceKey, count: u32) -> u32 {
        match self.replay.alternative(key, count) {
            0 => self.record((1..count).map(|other| key.deviation(other))),
            _ => self.record_made(),
        }
        self.replay.alternative(key, count)
    }

    /// Records the possible preemptions of a poll that completed this many operations.
    pub(super) fn record_operations(&mut self, PollStart { task, at, is_preempted }: PollStart, operations: u32) {
        if self.records_preemptions && !self.is_poll_preempted {
            let operations = at.operation + u32::from(is_preempted)..at.operation + operations;
            self.record(
                operations
                    .map(|operation| ChoiceKey::Preempt { task, at: PollPosition { operation, ..at } }.deviation(1)),
            );
        }
    }

    /// Returns whether the head of the run queue is held back: other ready tasks run first.
    pub(super) fn holds_back(&self, first: QueueHead) -> bool {
        self.replay.holds_back(first)
    }

    /// Records the alternatives to the starts of the `select!`s of a poll that reached one.
    pub(super) fn record_select(&mut self, task: u32, at: PollPosition, starts: u32) {
        self.alternative(ChoiceKey::Select { task, at }, starts);
    }
}

impl Algorithm for Bounded {
    fn rng(&mut self) -> &mut Rng {
        self.replay.rng()
    }

    fn choose_task(&mut self, first: QueueHead, queue: &impl ReadyTasks) -> Option<usize> {
        self.end_poll();
        if self.records_holds && !self.replay.holds_back(first) && first.passed_over == 0 {
            self.record([ChoiceKey::Hold { task: first.task, at: first.at }.deviation(1)]);
        }
        let chosen = self.replay.choose_task(first, queue);
        let QueueHead { task: first, at, passed_over } = first;
        if chosen.is_some() {
            self.record_made();
        } else {
            self.record(queue.others().map(|task| ChoiceKey::Run { first, at, passed_over }.deviation(task)));
        }
        chosen
    }

    fn preempt_after(&mut self, polled: PollStart) -> Option<u32> {
        self.end_poll();
        let operations = self.replay.preempt_after(polled);
        self.is_poll_preempted = operations.is_some();
        self.is_in_preempted = operations.is_some() && self.remaining == 1;
        operations
    }

    fn choose(&mut self, key: ChoiceKey, count: u32) -> u32 {
        self.alternative(key, count)
    }

    fn decide(&mut self, key: ChoiceKey, count: u32, _: u32) -> u32 {
        self.alternative(key, count)
    }

    fn short_transfer(&mut self, transfer: &Transfer<'_>) -> Option<u32> {
        let end = self.replay.short_transfer(transfer);
        match end {
            Some(_) => self.record_made(),
            None => self.record(
                transfer.ends.iter().map(|&end| ChoiceKey::ShortTransfer { fake: transfer.fake, end }.deviation(1)),
            ),
        }
        end
    }

    fn happens(&mut self, key: ChoiceKey, _: u32) -> bool {
        self.alternative(key, 2) == 1
    }

    fn select(&mut self, task: u32, at: PollPosition, starts: u32) -> u32 {
        self.replay.alternative(ChoiceKey::Select { task, at }, starts)
    }
}
