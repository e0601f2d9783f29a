//! The choices of a run: asks the scheduling algorithm in use, and records the deviations.

use fastrand::Rng;

use super::{
    Algorithm, AlgorithmKind, Bounded, ChoiceSource, Fifo, Pct, PollStart, Pos, QueueHead, RandomSource, RandomWalk,
    ReadyTasks, Replay, Surw, Transfer,
};
use crate::schedule::{ChoiceKey, Deviation, DeviationLog, PollPosition};

/// Odds that a decision of a fake deviates: one in this many does. The number varies between fakes and between runs, as
/// some bugs need a single fault and others need many. Source: Groce et al. 2012, "Swarm testing".
const DEVIATION_ODDS: [u32; 4] = [2, 5, 16, 64];

/// Makes the choices of a run and records the deviations. Reuses the buffers of the algorithms from run to run.
#[derive(Default)]
pub(crate) struct Choices {
    active: Active,
    random: RandomWalk,
    pct: Pct,
    pos: Pos,
    surw: Surw,
    replay: Replay,
    bounded: Bounded,
    /// Seed of the last run with random choices.
    seed: u64,
    /// Algorithm for all choices other than task order, preemption and `select!`. The same as `active`, unless fakes
    /// must behave normally.
    active_for_fakes: Active,
    deviations: DeviationLog,
    /// Holds (see [`ChoiceKey::Hold`]) recorded so far.
    held: Vec<ChoiceKey>,
    /// Whether there was a deviation that the steps of the run do not show.
    has_hidden_deviation: bool,
}

/// The algorithm in use.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Active {
    #[default]
    Fifo,
    Random,
    Pct,
    Pos,
    Surw,
    Replay,
    Bounded,
}

/// Calls a method of the algorithm in use.
macro_rules! dispatch {
    ($choices:ident, $algorithm:ident => $call:expr) => {
        dispatch!($choices.active, $choices, $algorithm => $call)
    };
    ($active:expr, $choices:ident, $algorithm:ident => $call:expr) => {
        match $active {
            Active::Random => dispatch!(@ &mut $choices.random, $algorithm => $call),
            Active::Fifo => dispatch!(@ &mut Fifo, $algorithm => $call),
            Active::Pct => dispatch!(@ &mut $choices.pct, $algorithm => $call),
            Active::Pos => dispatch!(@ &mut $choices.pos, $algorithm => $call),
            Active::Surw => dispatch!(@ &mut $choices.surw, $algorithm => $call),
            Active::Replay => dispatch!(@ &mut $choices.replay, $algorithm => $call),
            Active::Bounded => dispatch!(@ &mut $choices.bounded, $algorithm => $call),
        }
    };
    (@ $target:expr, $algorithm:ident => $call:expr) => {{
        let $algorithm = $target;
        $call
    }};
}

impl Choices {
    /// Begins a run that takes its choices from `source`.
    pub(crate) fn begin(&mut self, source: ChoiceSource) {
        self.deviations.clear();
        self.held.clear();
        self.has_hidden_deviation = false;
        let mut is_fault_free = false;
        self.active = match source {
            ChoiceSource::Default => Active::Fifo,
            ChoiceSource::Random(random) => {
                is_fault_free = random.is_fault_free;
                self.begin_random(*random)
            }
            ChoiceSource::Replay(deviations) => {
                self.replay = Replay::new(deviations);
                Active::Replay
            }
            ChoiceSource::Bounded { deviations, alternatives } => {
                self.bounded.begin(deviations, alternatives);
                Active::Bounded
            }
        };
        self.active_for_fakes = if is_fault_free { Active::Fifo } else { self.active };
    }

    fn begin_random(&mut self, RandomSource { algorithm, rng, preempts, profile, .. }: RandomSource) -> Active {
        self.seed = rng.get_seed();
        match algorithm {
            AlgorithmKind::Random => {
                self.random = RandomWalk::new(rng, preempts);
                Active::Random
            }
            AlgorithmKind::Pct { depth } => {
                self.pct.begin(rng, depth, preempts, &profile);
                Active::Pct
            }
            AlgorithmKind::Pos => {
                self.pos.begin(rng, preempts);
                Active::Pos
            }
            AlgorithmKind::Surw => {
                self.surw.begin(rng, preempts, &profile);
                Active::Surw
            }
        }
    }

    /// Returns whether the head of the run queue always runs and nothing is preempted.
    pub(crate) fn is_default(&self) -> bool {
        self.active == Active::Fifo
    }

    /// Returns whether [`Choices::record_operations`] must be called after each poll.
    pub(crate) fn wants_operations(&self) -> bool {
        self.active == Active::Bounded && self.bounded.wants_operations()
    }

    /// Returns whether some choices of the schedule have not been made. Always false unless the source is `Bounded`.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.active == Active::Bounded && self.bounded.is_incomplete()
    }

    /// Returns the number of deviations so far.
    pub(crate) fn count(&self) -> usize {
        self.deviations.count()
    }

    /// Chooses the task that runs next from a run queue with two or more tasks. Returns the position of the task, or
    /// `None` for the head of the queue.
    #[inline(always)]
    pub(crate) fn choose_task(&mut self, first: QueueHead, queue: &impl ReadyTasks) -> Option<usize> {
        if self.holds_back(first) {
            return self.hold_back(first, queue);
        }
        let position = dispatch!(self, algorithm => algorithm.choose_task(first, queue))?;
        let chosen = queue.task_at(position);
        let QueueHead { task: first, at, passed_over } = first;
        self.deviations.push_if(ChoiceKey::Run { first, at, passed_over }.deviation(chosen), chosen != first);
        Some(position)
    }

    /// Returns whether the head of the run queue is held back: other ready tasks run first.
    #[inline(always)]
    fn holds_back(&self, first: QueueHead) -> bool {
        match self.active {
            Active::Replay => self.replay.holds_back(first),
            Active::Bounded => self.bounded.holds_back(first),
            _ => false,
        }
    }

    /// Holds back the head of the run queue: the next ready task runs instead. Returns the position of that task.
    #[cold]
    fn hold_back(&mut self, first: QueueHead, queue: &impl ReadyTasks) -> Option<usize> {
        let key = ChoiceKey::Hold { task: first.task, at: first.at };
        if !self.held.contains(&key) {
            self.held.push(key);
            self.deviations.push(key.deviation(1));
            if self.active == Active::Bounded {
                self.bounded.record_made();
            }
        }
        queue.position_of(queue.others().next()?)
    }

    /// Chooses the number of operations after which a poll is preempted, or `None` for no preemption.
    #[inline(always)]
    pub(crate) fn preempt_after(&mut self, polled: PollStart) -> Option<u32> {
        let operations = dispatch!(self, algorithm => algorithm.preempt_after(polled))?;
        // A task that is preempted at the same position again would never make progress.
        Some(operations.max(u32::from(polled.is_preempted)))
    }

    /// Records that a task reached the position at which the schedule preempts it.
    #[inline]
    pub(crate) fn record_preemption(&mut self, task: u32, at: PollPosition) {
        self.deviations.push(ChoiceKey::Preempt { task, at }.deviation(1));
        if self.active == Active::Bounded {
            self.bounded.record_made();
        }
    }

    /// Records how many operations a poll has completed.
    pub(crate) fn record_operations(&mut self, polled: PollStart, operations: u32) {
        self.bounded.record_operations(polled, operations);
    }

    /// Makes a choice of the test, with `Sim::choose`: one of `count` alternatives. The default is 0.
    pub(crate) fn choose(&mut self, key: ChoiceKey, count: u32) -> u32 {
        let chosen = dispatch!(self.active_for_fakes, self, algorithm => algorithm.choose(key, count));
        self.record(key.deviation(chosen), chosen != 0);
        chosen
    }

    /// Returns the odds for a fake in this run: one in this many of its decisions deviates.
    pub(crate) fn odds(&self, fake: u32) -> u32 {
        DEVIATION_ODDS[Rng::with_seed(self.seed ^ u64::from(fake) << 32).usize(..DEVIATION_ODDS.len())]
    }

    /// Makes a decision of a fake: one of `count` behaviors. The default is 0; random schedulers deviate once in
    /// `one_in` times.
    pub(crate) fn decide(&mut self, key: ChoiceKey, count: u32, one_in: u32) -> u32 {
        let chosen = dispatch!(self.active_for_fakes, self, algorithm => algorithm.decide(key, count, one_in));
        self.record(key.deviation(chosen), chosen != 0);
        chosen
    }

    /// Chooses the byte before which a transfer of a fake ends early, or `None` to complete it.
    pub(crate) fn short_transfer(&mut self, transfer: &Transfer<'_>) -> Option<u32> {
        let end = dispatch!(self.active_for_fakes, self, algorithm => algorithm.short_transfer(transfer))?;
        self.record(ChoiceKey::ShortTransfer { fake: transfer.fake, end }.deviation(1), true);
        Some(end)
    }

    /// Chooses one of `starts` combinations of branches at which the `select!`s of a poll begin. Only
    /// [`Choices::record_select`] records the choice, if the poll reached a `select!`.
    pub(crate) fn choose_select(&mut self, task: u32, at: PollPosition, starts: u32) -> u32 {
        dispatch!(self, algorithm => algorithm.select(task, at, starts))
    }

    /// Records the `start` of `starts` that [`Choices::choose_select`] chose for a poll.
    pub(crate) fn record_select(&mut self, task: u32, at: PollPosition, start: u32, starts: u32) {
        self.record(ChoiceKey::Select { task, at }.deviation(start), start != 0);
        if self.active == Active::Bounded {
            self.bounded.record_select(task, at, starts);
        }
    }

    /// Returns the limit on `select!`s in a poll of a task: that of the schedule or `known`, whichever is higher. 0
    /// means unlimited.
    pub(crate) fn select_limit(&mut self, task: u32, known: u32) -> u32 {
        let recorded = match self.active {
            Active::Replay => self.replay.select_limit(task),
            Active::Bounded => self.bounded.select_limit(task),
            _ => 0,
        };
        let limit = recorded.max(known);
        self.deviations.push_if(ChoiceKey::SelectLimit { task }.deviation(limit), limit > 0);
        limit
    }

    /// Answers a yes-or-no question, such as whether a future is dropped. The default is no; random schedulers answer
    /// yes once in `one_in` times.
    pub(crate) fn happens(&mut self, key: ChoiceKey, one_in: u32) -> bool {
        let happens = dispatch!(self.active_for_fakes, self, algorithm => algorithm.happens(key, one_in));
        self.record(key.deviation(1), happens);
        happens
    }

    /// Returns the deviations so far, in order, or an empty list if the steps of the run show all of them.
    pub(crate) fn hidden_deviations(&self) -> &[Deviation] {
        if self.has_hidden_deviation { self.deviations.all() } else { &[] }
    }

    /// Takes the deviations, in order.
    pub(crate) fn take_deviations(&mut self) -> Vec<Deviation> {
        self.deviations.take()
    }

    /// Takes the alternatives to the choices of the run, if the source records them.
    pub(crate) fn take_alternatives(&mut self) -> Vec<Deviation> {
        self.bounded.take_alternatives()
    }

    /// Records a choice that the steps of the run do not show, if it deviates.
    fn record(&mut self, deviation: Deviation, is_deviation: bool) {
        self.deviations.push_if(deviation, is_deviation);
        self.has_hidden_deviation |= is_deviation;
    }
}
