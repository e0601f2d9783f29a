use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;

use super::Key;

/// One poll in so many is preempted.
const PREEMPTED: u32 = 4;

/// A preempted poll gets through fewer operations than this.
const OPERATIONS: u32 = 4;

/// One decision of a fake in so many is unusual: how many differs from fake to fake and from run to run, as some bugs need
/// one fault alone, and others many. Source: Groce et al. 2012, "Swarm testing".
const TEMPERS: [u32; 4] = [2, 5, 16, 64];

/// One idle point in so many is used to probe, unless each of them is.
const PROBED: u32 = 4;

/// Where choices come from.
#[derive(Clone, Default)]
pub(crate) enum Source {
    /// The default of each, and a probe wherever one tells anything.
    #[default]
    Default,
    /// At random.
    Random { rng: Rng, preempt: bool },
    /// Those of a schedule; otherwise the default.
    Replay(Arc<BTreeMap<Key, u32>>),
}

/// Makes the choices of one run, and keeps those that are not the default.
#[derive(Default)]
pub(crate) struct Choices {
    source: Source,
    /// Of the source, where it is at random.
    seed: u64,
    departures: Departures,
}

/// The choices that were not the default, in their order.
#[derive(Default)]
struct Departures {
    /// With what is left of others behind them.
    list: Vec<(Key, u32)>,
    count: usize,
}

impl Departures {
    fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a choice, if it is one. It does so without a branch, as no processor can foresee what is chosen at random.
    #[inline(always)]
    fn keep(&mut self, choice: (Key, u32), is_one: bool) {
        match self.list.get_mut(self.count) {
            Some(place) => *place = choice,
            None => self.list.push(choice),
        }
        self.count += usize::from(is_one);
    }

    fn push(&mut self, choice: (Key, u32)) {
        self.keep(choice, true);
    }

    fn take(&mut self) -> Vec<(Key, u32)> {
        self.list.truncate(std::mem::take(&mut self.count));
        std::mem::take(&mut self.list)
    }
}

impl Choices {
    /// Begins a run, whose choices are from `source`.
    pub(crate) fn begin(&mut self, source: Source) {
        if let Source::Random { rng, .. } = &source {
            self.seed = rng.get_seed();
        }
        self.source = source;
        self.departures.clear();
    }

    /// Whether any poll may be preempted.
    pub(crate) fn may_preempt(&self) -> bool {
        matches!(self.source, Source::Random { preempt: true, .. } | Source::Replay(_))
    }

    /// Whether the first in line always runs.
    pub(crate) fn is_default(&self) -> bool {
        matches!(self.source, Source::Default)
    }

    /// How many there have been so far that were not the default.
    pub(crate) fn count(&self) -> usize {
        self.departures.count
    }

    /// The place of the task that runs, where one is chosen. `pick` finds any place, `resolve` that of a task, by its number,
    /// and `name` the number of the task at a place.
    #[inline(always)]
    pub(crate) fn run(
        &mut self,
        (first, poll, passed): (u32, u32, u32),
        pick: impl FnOnce(&mut Rng) -> usize,
        resolve: impl FnOnce(u32) -> Option<usize>,
        name: impl FnOnce(usize) -> u32,
    ) -> Option<usize> {
        let place = match &mut self.source {
            Source::Default => return None,
            Source::Random { rng, .. } => pick(rng),
            Source::Replay(departures) => resolve(*departures.get(&Key::Run { first, poll, passed })?)?,
        };
        let chosen = name(place);
        self.departures.keep((Key::Run { first, poll, passed }, chosen), chosen != first);
        Some(place)
    }

    /// After how many operations the poll number `poll` of `task` is preempted, if it is.
    #[inline]
    pub(crate) fn preempt(&mut self, task: u32, poll: u32) -> Option<u32> {
        let operations = match &mut self.source {
            Source::Random { rng, preempt: true } => {
                // Both are powers of two, so that the bits of one number do.
                let drawn = rng.u32(..) % (PREEMPTED * OPERATIONS);
                if drawn >= OPERATIONS {
                    return None;
                }
                drawn
            }
            Source::Replay(departures) => *departures.get(&Key::Preempt { task, poll })?,
            _ => return None,
        };
        self.departures.push((Key::Preempt { task, poll }, operations));
        Some(operations)
    }

    /// One of `count` alternatives, of which 0 is the default.
    pub(crate) fn choose(&mut self, key: Key, count: u32) -> u32 {
        let chosen = match &mut self.source {
            Source::Default => 0,
            Source::Random { rng, .. } => rng.u32(..count),
            Source::Replay(departures) => departures.get(&key).copied().filter(|&chosen| chosen < count).unwrap_or(0),
        };
        if chosen != 0 {
            self.departures.push((key, chosen));
        }
        chosen
    }

    /// How often decisions of a fake are unusual in this run: one in so many.
    pub(crate) fn temper(&self, fake: u32) -> u32 {
        TEMPERS[Rng::with_seed(self.seed ^ u64::from(fake) << 32).usize(..TEMPERS.len())]
    }

    /// One of `count` ways, of which 0 is the default, and at random all but one in so many are.
    pub(crate) fn decide(&mut self, key: Key, count: u32, once_in: u32) -> u32 {
        if let Source::Random { rng, .. } = &mut self.source
            && (count < 2 || rng.u32(..once_in) != 0)
        {
            return 0;
        }
        let chosen = match &mut self.source {
            Source::Random { rng, .. } => rng.u32(1..count),
            Source::Replay(departures) => departures.get(&key).copied().filter(|&chosen| chosen < count).unwrap_or(0),
            Source::Default => 0,
        };
        self.departures.keep((key, chosen), chosen != 0);
        chosen
    }

    /// Before which byte behind the byte `from` an operation of a fake ends that could move `size`, if before any but the
    /// last: at random, one of `places`.
    pub(crate) fn cut(&mut self, fake: u32, from: u32, size: u32, places: &[u32], once_in: u32) -> Option<u32> {
        let place = match &mut self.source {
            Source::Default => return None,
            Source::Random { rng, .. } => {
                if rng.u32(..once_in) != 0 {
                    return None;
                }
                rng.choice(places).copied()?
            }
            Source::Replay(departures) => {
                let cut = |place| Key::Cut { fake, place };
                match departures.range(cut(from + 1)..cut(from.saturating_add(size).max(from + 1))).next()? {
                    (Key::Cut { place, .. }, _) => *place,
                    _ => return None,
                }
            }
        };
        self.departures.push((Key::Cut { fake, place }, 1));
        Some(place)
    }

    /// In which of so many ways the `select!`s of a poll begin. It is kept by [`Choices::has_begun`], once there was any.
    pub(crate) fn begin_selects(&mut self, task: u32, poll: u32, ways: u32) -> u32 {
        match &mut self.source {
            Source::Default => 0,
            // Of the place alone: other choices are not to depend on whose polls are known to have `select!`s in them.
            Source::Random { .. } => {
                let place = u64::from(task) << 32 | u64::from(poll);
                Rng::with_seed(self.seed ^ place).u32(..ways)
            }
            Source::Replay(departures) => {
                departures.get(&Key::Select { task, poll }).copied().filter(|&way| way < ways).unwrap_or(0)
            }
        }
    }

    /// The `select!`s of a poll have begun in this way.
    pub(crate) fn has_begun(&mut self, task: u32, poll: u32, way: u32) {
        self.departures.keep((Key::Select { task, poll }, way), way != 0);
    }

    /// How many `select!`s there may be in a poll of a task, of which so much is known; 0, if any number.
    pub(crate) fn draws(&mut self, task: u32, known: u32) -> u32 {
        let told = match &self.source {
            Source::Replay(departures) => departures.get(&Key::Draws { task }).copied().unwrap_or(0),
            _ => 0,
        };
        let draws = told.max(known);
        self.departures.keep((Key::Draws { task }, draws), draws > 0);
        draws
    }

    /// Whether something happens that by default does not, and at random does once in so many times.
    pub(crate) fn happens(&mut self, key: Key, once_in: u32) -> bool {
        self.flag(key, once_in, false)
    }

    /// Whether a task is probed at an idle point, where a sibling may hide that it cannot be woken.
    pub(crate) fn probe(&mut self, key: Key) -> bool {
        self.flag(key, PROBED, true)
    }

    fn flag(&mut self, key: Key, once_in: u32, by_default: bool) -> bool {
        let is_set = match &mut self.source {
            Source::Default => by_default,
            Source::Random { rng, .. } => rng.u32(..once_in) == 0,
            Source::Replay(departures) => departures.contains_key(&key),
        };
        if is_set {
            self.departures.push((key, 1));
        }
        is_set
    }

    /// The choices so far that were not the default, in their order.
    pub(crate) fn departures(&self) -> &[(Key, u32)] {
        &self.departures.list[..self.departures.count]
    }

    /// Takes the choices that were not the default, in their order.
    pub(crate) fn take_departures(&mut self) -> Vec<(Key, u32)> {
        self.departures.take()
    }
}
