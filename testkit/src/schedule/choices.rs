use std::collections::BTreeMap;

use fastrand::Rng;

use super::Key;

/// One poll in so many is preempted.
const PREEMPTED: u32 = 4;

/// A preempted poll gets through fewer operations than this.
const OPERATIONS: u32 = 4;

/// One idle point in so many is used to probe, unless each of them is.
const PROBED: u32 = 4;

/// Where choices come from.
pub(crate) enum Source {
    /// The default of each, and a probe wherever one tells anything.
    Default,
    /// At random.
    Random { rng: Rng, preempt: bool },
    /// Those of a schedule; otherwise the default.
    Replay(BTreeMap<Key, u32>),
}

/// Makes the choices of one run, and keeps those that are not the default.
pub(crate) struct Choices {
    source: Source,
    departures: Vec<(Key, u32)>,
}

impl Choices {
    /// Choices from `source`, kept in the memory of `departures`.
    pub(crate) fn new(source: Source, mut departures: Vec<(Key, u32)>) -> Self {
        departures.clear();
        Choices { source, departures }
    }

    /// Whether the first in line runs, and is not preempted, whatever the key.
    pub(crate) fn is_default(&self) -> bool {
        matches!(self.source, Source::Default)
    }

    /// The place of the task that runs, if it is not the one first in line. `pick` finds any place, `resolve` that of a task,
    /// by its number, and `name` the number of the task at a place.
    #[inline]
    pub(crate) fn run(
        &mut self,
        key: Key,
        pick: impl FnOnce(&mut Rng) -> usize,
        resolve: impl FnOnce(u32) -> Option<usize>,
        name: impl FnOnce(usize) -> u32,
    ) -> Option<usize> {
        let at = match &mut self.source {
            Source::Default => return None,
            Source::Random { rng, .. } => pick(rng),
            Source::Replay(departures) => resolve(*departures.get(&key)?)?,
        };
        let first = match key {
            Key::Run { first, .. } => first,
            _ => unreachable!("which task runs has a key of its own"),
        };
        let chosen = name(at);
        if chosen != first {
            self.departures.push((key, chosen));
        }
        Some(at)
    }

    /// After how many operations a poll is preempted, if it is.
    #[inline]
    pub(crate) fn preempt(&mut self, key: Key) -> Option<u32> {
        let operations = match &mut self.source {
            Source::Random { rng, preempt: true } => {
                // Both are powers of two, so that the bits of one number do.
                let drawn = rng.u32(..) % (PREEMPTED * OPERATIONS);
                if drawn >= OPERATIONS {
                    return None;
                }
                drawn
            }
            Source::Replay(departures) => *departures.get(&key)?,
            _ => return None,
        };
        self.departures.push((key, operations));
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

    /// The choices that were not the default, in their order.
    pub(crate) fn into_departures(self) -> Vec<(Key, u32)> {
        self.departures
    }
}
