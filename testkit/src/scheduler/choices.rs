use fastrand::Rng;

use super::{
    Algorithm, AlgorithmKind, Bounded, ChoiceSource, Cut, Fifo, Pct, PollStart, Pos, QueueHead, RandomSource,
    RandomWalk, ReadyTasks, Replay, Surw,
};
use crate::schedule::{ChoiceKey, DeviationLog, PollPosition};

/// One in this many decisions of a fake deviates. The rate varies from fake to fake and from run to run, as some bugs
/// need a single fault and others need many. Source: Groce et al. 2012, "Swarm testing".
const ONE_IN: [u32; 4] = [2, 5, 16, 64];

/// Makes the choices of one run and records the deviations. The schedulers' buffers are reused from run to run.
#[derive(Default)]
pub(crate) struct Choices {
    active: Active,
    random: RandomWalk,
    pct: Pct,
    pos: Pos,
    surw: Surw,
    replay: Replay,
    bounded: Bounded,
    /// Seed of the random choices, if there are any.
    seed: u64,
    /// Scheduler for fakes, values and spurious polls. The same as `active`, unless fakes have to behave normally.
    active_for_fakes: Active,
    deviations: DeviationLog,
    /// Tasks that were held back, and where.
    held: Vec<ChoiceKey>,
    /// Whether there was a deviation other than in which task runs or is preempted.
    has_decided: bool,
}

/// The scheduler in use.
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

/// Calls the scheduler in use.
macro_rules! ask {
    ($choices:ident, $scheduler:ident => $asked:expr) => {
        ask!($choices.active, $choices, $scheduler => $asked)
    };
    ($active:expr, $choices:ident, $scheduler:ident => $asked:expr) => {
        match $active {
            Active::Random => ask!(@ &mut $choices.random, $scheduler => $asked),
            Active::Fifo => ask!(@ &mut Fifo, $scheduler => $asked),
            Active::Pct => ask!(@ &mut $choices.pct, $scheduler => $asked),
            Active::Pos => ask!(@ &mut $choices.pos, $scheduler => $asked),
            Active::Surw => ask!(@ &mut $choices.surw, $scheduler => $asked),
            Active::Replay => ask!(@ &mut $choices.replay, $scheduler => $asked),
            Active::Bounded => ask!(@ &mut $choices.bounded, $scheduler => $asked),
        }
    };
    (@ $asked_one:expr, $scheduler:ident => $asked:expr) => {{
        let $scheduler = $asked_one;
        $asked
    }};
}

impl Choices {
    /// Begins a run that takes its choices from `source`.
    pub(crate) fn begin(&mut self, source: ChoiceSource) {
        self.deviations.clear();
        self.held.clear();
        self.has_decided = false;
        let mut is_calm = false;
        self.active = match source {
            ChoiceSource::Default => Active::Fifo,
            ChoiceSource::Random(search) => {
                is_calm = search.is_calm;
                self.begin_search(*search)
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
        self.active_for_fakes = if is_calm { Active::Fifo } else { self.active };
    }

    fn begin_search(&mut self, RandomSource { algorithm, rng, preempts, profile, .. }: RandomSource) -> Active {
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

    /// Returns whether [`Choices::operated`] has to be called after each poll.
    pub(crate) fn wants_operations(&self) -> bool {
        self.active == Active::Bounded && self.bounded.wants_operations()
    }

    /// Returns whether some choices of the schedule did not come up in the run.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.active == Active::Bounded && self.bounded.is_incomplete()
    }

    /// Number of deviations so far.
    pub(crate) fn count(&self) -> usize {
        self.deviations.count()
    }

    /// Chooses the task that runs, of two or more in the run queue. Returns its place, or `None` for the head of the
    /// queue.
    #[inline(always)]
    pub(crate) fn run(&mut self, first: QueueHead, line: &impl ReadyTasks) -> Option<usize> {
        if self.holds(first) {
            return self.hold(first, line);
        }
        let place = ask!(self, scheduler => scheduler.run(first, line))?;
        let chosen = line.at(place);
        let QueueHead { task: first, at, passed } = first;
        self.deviations.keep((ChoiceKey::Run { first, at, passed }, chosen), chosen != first);
        Some(place)
    }

    #[inline(always)]
    fn holds(&self, first: QueueHead) -> bool {
        match self.active {
            Active::Replay => self.replay.holds(first),
            Active::Bounded => self.bounded.holds(first),
            _ => false,
        }
    }

    /// Holds back the head of the run queue and returns the place of the next task.
    #[cold]
    fn hold(&mut self, first: QueueHead, line: &impl ReadyTasks) -> Option<usize> {
        let key = ChoiceKey::Hold { task: first.task, at: first.at };
        if !self.held.contains(&key) {
            self.held.push(key);
            self.deviations.push((key, 1));
            if self.active == Active::Bounded {
                self.bounded.made();
            }
        }
        line.place_of(line.others().next()?)
    }

    /// Chooses whether the poll is preempted. Returns after how many operations, or `None` for no preemption.
    #[inline(always)]
    pub(crate) fn preempt(&mut self, polled: PollStart) -> Option<u32> {
        let operations = ask!(self, scheduler => scheduler.preempt(polled))?;
        // Otherwise the task would never make progress.
        Some(operations.max(u32::from(polled.is_stopped)))
    }

    /// Records that a task reached the position at which it was to be preempted.
    #[inline]
    pub(crate) fn preempted(&mut self, task: u32, at: PollPosition) {
        self.deviations.push((ChoiceKey::Preempt { task, at }, 1));
        if self.active == Active::Bounded {
            self.bounded.made();
        }
    }

    /// Records how many operations a poll has completed.
    pub(crate) fn operated(&mut self, polled: PollStart, operations: u32) {
        self.bounded.operated(polled, operations);
    }

    /// Chooses one of `count` alternatives; 0 is the default.
    pub(crate) fn choose(&mut self, key: ChoiceKey, count: u32) -> u32 {
        let chosen = ask!(self.active_for_fakes, self, scheduler => scheduler.choose(key, count));
        self.keep((key, chosen), chosen != 0);
        chosen
    }

    /// Returns `n`, where one in `n` decisions of this fake deviates in this run.
    pub(crate) fn temper(&self, fake: u32) -> u32 {
        ONE_IN[Rng::with_seed(self.seed ^ u64::from(fake) << 32).usize(..ONE_IN.len())]
    }

    /// Chooses one of `count` alternatives; 0 is the default. Random schedulers deviate once in `once_in` times.
    pub(crate) fn decide(&mut self, key: ChoiceKey, count: u32, once_in: u32) -> u32 {
        let chosen = ask!(self.active_for_fakes, self, scheduler => scheduler.decide(key, count, once_in));
        self.keep((key, chosen), chosen != 0);
        chosen
    }

    /// Chooses the byte before which an operation of a fake ends, or `None` to complete it.
    pub(crate) fn cut(&mut self, cut: &Cut<'_>) -> Option<u32> {
        let place = ask!(self.active_for_fakes, self, scheduler => scheduler.cut(cut))?;
        self.keep((ChoiceKey::Cut { fake: cut.fake, place }, 1), true);
        Some(place)
    }

    /// Chooses one of `ways` in which the `select!`s of a poll begin. [`Choices::has_begun`] records it once there was
    /// a `select!`.
    pub(crate) fn begin_selects(&mut self, task: u32, at: PollPosition, ways: u32) -> u32 {
        ask!(self, scheduler => scheduler.select(task, at, ways))
    }

    /// Records in which of `ways` the `select!`s of a poll have begun.
    pub(crate) fn has_begun(&mut self, task: u32, at: PollPosition, way: u32, ways: u32) {
        self.keep((ChoiceKey::Select { task, at }, way), way != 0);
        if self.active == Active::Bounded {
            self.bounded.has_begun(task, at, ways);
        }
    }

    /// Returns the limit on `select!`s in a poll of a task, given the limit that is already `known`. 0 means unlimited.
    pub(crate) fn draws(&mut self, task: u32, known: u32) -> u32 {
        let recorded = match self.active {
            Active::Replay => self.replay.draws(task),
            Active::Bounded => self.bounded.draws(task),
            _ => 0,
        };
        let draws = recorded.max(known);
        self.deviations.keep((ChoiceKey::Draws { task }, draws), draws > 0);
        draws
    }

    /// Chooses whether something happens that by default does not. Random schedulers let it happen once in `once_in`
    /// times.
    pub(crate) fn happens(&mut self, key: ChoiceKey, once_in: u32) -> bool {
        let happens = ask!(self.active_for_fakes, self, scheduler => scheduler.happens(key, once_in));
        self.keep((key, 1), happens);
        happens
    }

    /// Chooses whether a task gets a spurious poll at an idle point. Another task can hide that it cannot be woken.
    pub(crate) fn probe(&mut self, key: ChoiceKey) -> bool {
        let is_probed = ask!(self.active_for_fakes, self, scheduler => scheduler.probe(key));
        self.deviations.keep((key, 1), is_probed);
        is_probed
    }

    /// Returns the deviations so far, in order. Returns none if they all are about which tasks were polled and how far,
    /// as that is visible without them.
    pub(crate) fn decided(&self) -> &[(ChoiceKey, u32)] {
        if self.has_decided { self.deviations.all() } else { &[] }
    }

    /// Takes the deviations, in order.
    pub(crate) fn take_deviations(&mut self) -> Vec<(ChoiceKey, u32)> {
        self.deviations.take()
    }

    /// Takes the recorded alternatives to the choices of the run, if the source asked for them.
    pub(crate) fn take_alternatives(&mut self) -> Vec<(ChoiceKey, u32)> {
        self.bounded.take_alternatives()
    }

    /// Records a choice other than of the running task or its preemption, if it deviates.
    fn keep(&mut self, choice: (ChoiceKey, u32), is_deviation: bool) {
        self.deviations.keep(choice, is_deviation);
        self.has_decided |= is_deviation;
    }
}
