use std::collections::BTreeMap;

use super::Key;

/// Choices of a schedule that differ from the default.
pub(crate) type Departures = BTreeMap<Key, u32>;

/// The deviations that a run has made, in order.
#[derive(Default)]
pub(crate) struct Log {
    /// Entries from `count` on are stale.
    list: Vec<(Key, u32)>,
    count: usize,
}

impl Log {
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Adds `choice` if `is_deviation` is set. Branch-free, because random choices defeat branch prediction.
    #[inline(always)]
    pub(crate) fn keep(&mut self, choice: (Key, u32), is_deviation: bool) {
        match self.list.get_mut(self.count) {
            Some(slot) => *slot = choice,
            None => self.list.push(choice),
        }
        self.count += usize::from(is_deviation);
    }

    pub(crate) fn push(&mut self, choice: (Key, u32)) {
        self.keep(choice, true);
    }

    pub(crate) fn all(&self) -> &[(Key, u32)] {
        &self.list[..self.count]
    }

    pub(crate) fn take(&mut self) -> Vec<(Key, u32)> {
        self.list.truncate(std::mem::take(&mut self.count));
        std::mem::take(&mut self.list)
    }
}
