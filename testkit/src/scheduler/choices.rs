use fastrand::Rng;

use super::{
    Bounded, Chooser, Cut, Fifo, First, Line, Pct, Polled, Pos, RandomWalk, Replay, Search, Source, Surw, Walk,
};
use crate::schedule::{At, Key, Log};

/// One decision of a fake in so many is unusual: how many differs from fake to fake and from run to run, as some bugs need
/// one fault alone, and others many. Source: Groce et al. 2012, "Swarm testing".
const TEMPERS: [u32; 4] = [2, 5, 16, 64];

/// Makes the choices of one run, and keeps those that are not the default. What choosers need is kept from run to run.
#[derive(Default)]
pub(crate) struct Choices {
    active: Active,
    random: RandomWalk,
    pct: Pct,
    pos: Pos,
    surw: Surw,
    replay: Replay,
    bounded: Bounded,
    /// Of chance, where it has a say.
    seed: u64,
    /// Who decides over fakes and probes: the same, unless fakes are to do nothing unusual.
    beside: Active,
    departures: Log,
    /// The tasks that were held back, and where.
    held: Vec<Key>,
    /// Whether there was any but of who runs, and who is preempted.
    has_decided: bool,
}

/// Who chooses.
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

/// Has who chooses do something.
macro_rules! ask {
    ($choices:ident, $chooser:ident => $asked:expr) => {
        ask!($choices.active, $choices, $chooser => $asked)
    };
    ($active:expr, $choices:ident, $chooser:ident => $asked:expr) => {
        match $active {
            Active::Random => ask!(@ &mut $choices.random, $chooser => $asked),
            Active::Fifo => ask!(@ &mut Fifo, $chooser => $asked),
            Active::Pct => ask!(@ &mut $choices.pct, $chooser => $asked),
            Active::Pos => ask!(@ &mut $choices.pos, $chooser => $asked),
            Active::Surw => ask!(@ &mut $choices.surw, $chooser => $asked),
            Active::Replay => ask!(@ &mut $choices.replay, $chooser => $asked),
            Active::Bounded => ask!(@ &mut $choices.bounded, $chooser => $asked),
        }
    };
    (@ $asked_one:expr, $chooser:ident => $asked:expr) => {{
        let $chooser = $asked_one;
        $asked
    }};
}

impl Choices {
    /// Begins a run, whose choices are from `source`.
    pub(crate) fn begin(&mut self, source: Source) {
        self.departures.clear();
        self.held.clear();
        self.has_decided = false;
        let mut is_calm = false;
        self.active = match source {
            Source::Default => Active::Fifo,
            Source::Search(search) => {
                is_calm = search.is_calm;
                self.search(*search)
            }
            Source::Replay(departures) => {
                self.replay = Replay::new(departures);
                Active::Replay
            }
            Source::Bounded { departures, noting } => {
                self.bounded.begin(departures, noting);
                Active::Bounded
            }
        };
        self.beside = if is_calm { Active::Fifo } else { self.active };
    }

    fn search(&mut self, Search { walk, rng, preempts, profile, .. }: Search) -> Active {
        self.seed = rng.get_seed();
        match walk {
            Walk::Random => {
                self.random = RandomWalk::new(rng, preempts);
                Active::Random
            }
            Walk::Pct { depth } => {
                self.pct.begin(rng, depth, preempts, &profile);
                Active::Pct
            }
            Walk::Pos => {
                self.pos.begin(rng, preempts);
                Active::Pos
            }
            Walk::Surw => {
                self.surw.begin(rng, preempts, &profile);
                Active::Surw
            }
        }
    }

    /// Whether the first in line always runs, and nothing is preempted.
    pub(crate) fn is_default(&self) -> bool {
        self.active == Active::Fifo
    }

    /// Whether it is to be told how many operations each poll came through.
    pub(crate) fn wants_operations(&self) -> bool {
        self.active == Active::Bounded && self.bounded.wants_operations()
    }

    /// Whether not all choices were there to make that the run was to make.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.active == Active::Bounded && self.bounded.is_incomplete()
    }

    /// How many there have been so far that were not the default.
    pub(crate) fn count(&self) -> usize {
        self.departures.count()
    }

    /// The place of the task that runs, where one is chosen, of two or more in line.
    #[inline(always)]
    pub(crate) fn run(&mut self, first: First, line: &impl Line) -> Option<usize> {
        if self.holds(first) {
            return self.hold(first, line);
        }
        let place = ask!(self, chooser => chooser.run(first, line))?;
        let chosen = line.at(place);
        let First { task: first, at, passed } = first;
        self.departures.keep((Key::Run { first, at, passed }, chosen), chosen != first);
        Some(place)
    }

    #[inline(always)]
    fn holds(&self, first: First) -> bool {
        match self.active {
            Active::Replay => self.replay.holds(first),
            Active::Bounded => self.bounded.holds(first),
            _ => false,
        }
    }

    /// The place of the next behind the first, which is held back.
    #[cold]
    fn hold(&mut self, first: First, line: &impl Line) -> Option<usize> {
        let key = Key::Hold { task: first.task, at: first.at };
        if !self.held.contains(&key) {
            self.held.push(key);
            self.departures.push((key, 1));
            if self.active == Active::Bounded {
                self.bounded.made();
            }
        }
        line.place_of(line.others().next()?)
    }

    /// A task is polled: after how many operations is it to be preempted, if it is?
    #[inline(always)]
    pub(crate) fn preempt(&mut self, polled: Polled) -> Option<u32> {
        let operations = ask!(self, chooser => chooser.preempt(polled))?;
        // Else it would never get on.
        Some(operations.max(u32::from(polled.is_stopped)))
    }

    /// A task has come to where it was to be preempted.
    #[inline]
    pub(crate) fn preempted(&mut self, task: u32, at: At) {
        self.departures.push((Key::Preempt { task, at }, 1));
        if self.active == Active::Bounded {
            self.bounded.made();
        }
    }

    /// A poll has come through so many operations.
    pub(crate) fn operated(&mut self, polled: Polled, operations: u32) {
        self.bounded.operated(polled, operations);
    }

    /// One of `count` alternatives, of which 0 is the default.
    pub(crate) fn choose(&mut self, key: Key, count: u32) -> u32 {
        let chosen = ask!(self.beside, self, chooser => chooser.choose(key, count));
        self.keep((key, chosen), chosen != 0);
        chosen
    }

    /// How often decisions of a fake are unusual in this run: one in so many.
    pub(crate) fn temper(&self, fake: u32) -> u32 {
        TEMPERS[Rng::with_seed(self.seed ^ u64::from(fake) << 32).usize(..TEMPERS.len())]
    }

    /// One of `count` ways, of which 0 is the default, and at random all but one in so many are.
    pub(crate) fn decide(&mut self, key: Key, count: u32, once_in: u32) -> u32 {
        let chosen = ask!(self.beside, self, chooser => chooser.decide(key, count, once_in));
        self.keep((key, chosen), chosen != 0);
        chosen
    }

    /// Before which byte an operation of a fake ends, if before any but the last.
    pub(crate) fn cut(&mut self, cut: &Cut<'_>) -> Option<u32> {
        let place = ask!(self.beside, self, chooser => chooser.cut(cut))?;
        self.keep((Key::Cut { fake: cut.fake, place }, 1), true);
        Some(place)
    }

    /// In which of so many ways the `select!`s of a poll begin. It is kept by [`Choices::has_begun`], once there was any.
    pub(crate) fn begin_selects(&mut self, task: u32, at: At, ways: u32) -> u32 {
        ask!(self, chooser => chooser.select(task, at, ways))
    }

    /// The `select!`s of a poll have begun in this way, of so many.
    pub(crate) fn has_begun(&mut self, task: u32, at: At, way: u32, ways: u32) {
        self.keep((Key::Select { task, at }, way), way != 0);
        if self.active == Active::Bounded {
            self.bounded.has_begun(task, at, ways);
        }
    }

    /// How many `select!`s there may be in a poll of a task, of which so much is known; 0, if any number.
    pub(crate) fn draws(&mut self, task: u32, known: u32) -> u32 {
        let told = match self.active {
            Active::Replay => self.replay.draws(task),
            Active::Bounded => self.bounded.draws(task),
            _ => 0,
        };
        let draws = told.max(known);
        self.departures.keep((Key::Draws { task }, draws), draws > 0);
        draws
    }

    /// Whether something happens that by default does not, and at random does once in so many times.
    pub(crate) fn happens(&mut self, key: Key, once_in: u32) -> bool {
        let happens = ask!(self.beside, self, chooser => chooser.happens(key, once_in));
        self.keep((key, 1), happens);
        happens
    }

    /// Whether a task is probed at an idle point, where a sibling may hide that it cannot be woken.
    pub(crate) fn probe(&mut self, key: Key) -> bool {
        let is_probed = ask!(self.beside, self, chooser => chooser.probe(key));
        self.departures.keep((key, 1), is_probed);
        is_probed
    }

    /// The choices so far that were not the default, in their order; none, if all of them show in which tasks were polled, and
    /// how far.
    pub(crate) fn decided(&self) -> &[(Key, u32)] {
        if self.has_decided { self.departures.all() } else { &[] }
    }

    /// Takes the choices that were not the default, in their order.
    pub(crate) fn take_departures(&mut self) -> Vec<(Key, u32)> {
        self.departures.take()
    }

    /// Takes what other choices there would have been, where that is asked for.
    pub(crate) fn take_others(&mut self) -> Vec<(Key, u32)> {
        self.bounded.take_others()
    }

    /// Keeps a choice of what is done, if it is one.
    fn keep(&mut self, choice: (Key, u32), is_one: bool) {
        self.departures.keep(choice, is_one);
        self.has_decided |= is_one;
    }
}
