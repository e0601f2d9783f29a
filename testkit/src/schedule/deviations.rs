//! Deviations: choices other than the default.

use std::collections::BTreeMap;

use super::ChoiceKey;

/// The choices of a schedule that differ from the default.
pub(crate) type Deviations = BTreeMap<ChoiceKey, u32>;

/// A choice that differs from the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Deviation {
    /// The choice that was made.
    pub(crate) key: ChoiceKey,
    /// The alternative that was chosen.
    pub(crate) value: u32,
}

impl ChoiceKey {
    /// Returns the deviation that chooses `value`.
    #[inline(always)]
    pub(crate) fn deviation(self, value: u32) -> Deviation {
        Deviation { key: self, value }
    }
}

/// The deviations of a run, in the order in which they were made.
#[derive(Default)]
pub(crate) struct DeviationLog {
    /// Entries from `count` on are stale.
    list: Vec<Deviation>,
    count: usize,
}

impl DeviationLog {
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Adds a deviation if `is_deviation` is set. Branch-free, because random choices defeat branch prediction.
    #[inline(always)]
    pub(crate) fn push_if(&mut self, deviation: Deviation, is_deviation: bool) {
        match self.list.get_mut(self.count) {
            Some(slot) => *slot = deviation,
            None => self.list.push(deviation),
        }
        self.count += usize::from(is_deviation);
    }

    pub(crate) fn push(&mut self, deviation: Deviation) {
        self.push_if(deviation, true);
    }

    pub(crate) fn all(&self) -> &[Deviation] {
        &self.list[..self.count]
    }

    pub(crate) fn take(&mut self) -> Vec<Deviation> {
        self.list.truncate(std::mem::take(&mut self.count));
        std::mem::take(&mut self.list)
    }
}
