use std::collections::BTreeMap;

use super::Key;

/// The choices of a schedule that are not the default.
pub(crate) type Departures = BTreeMap<Key, u32>;

/// The choices that a run has made other than the default, in their order.
#[derive(Default)]
pub(crate) struct Log {
    /// With what is left of others behind them.
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

    /// Adds a choice, if it is one. It does so without a branch, as no processor can foresee what is chosen at random.
    #[inline(always)]
    pub(crate) fn keep(&mut self, choice: (Key, u32), is_one: bool) {
        match self.list.get_mut(self.count) {
            Some(place) => *place = choice,
            None => self.list.push(choice),
        }
        self.count += usize::from(is_one);
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
