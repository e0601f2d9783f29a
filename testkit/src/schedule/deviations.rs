//! Deviations: choices other than the default.

use std::collections::BTreeMap;

use super::ChoiceKey;

/// The choices of a schedule that differ from the default.
pub(crate) type Deviations = BTreeMap<ChoiceKey, u32>;

/// The deviations of a run, in the order in which they were made.
#[derive(Default)]
pub(crate) struct DeviationLog {
    /// Entries from `count` on are stale.
    list: Vec<(ChoiceKey, u32)>,
    count: usize,
}

impl DeviationLog {
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Adds `choice` if `is_deviation` is set. Branch-free, because random choices defeat branch prediction.
    #[inline(always)]
    pub(crate) fn push_if(&mut self, choice: (ChoiceKey, u32), is_deviation: bool) {
        match self.list.get_mut(self.count) {
            Some(slot) => *slot = choice,
            None => self.list.push(choice),
        }
        self.count += usize::from(is_deviation);
    }

    pub(crate) fn push(&mut self, choice: (ChoiceKey, u32)) {
        self.push_if(choice, true);
    }

    pub(crate) fn all(&self) -> &[(ChoiceKey, u32)] {
        &self.list[..self.count]
    }

    pub(crate) fn take(&mut self) -> Vec<(ChoiceKey, u32)> {
        self.list.truncate(std::mem::take(&mut self.count));
        std::mem::take(&mut self.list)
    }
}
