//! Groups the failures of a search by kind and place.

use crate::failure::{FailureCause, FailureSignature, KindCount};
use crate::schedule::Schedule;

/// Number of different failures that are kept. Other failures are only counted by kind.
const MAX_GROUPS: usize = 100;

/// A schedule that failed.
#[derive(Clone)]
pub(crate) struct FailingSchedule {
    /// Index of the schedule in the search.
    pub(crate) index: usize,
    pub(crate) schedule: Schedule,
    pub(crate) cause: FailureCause,
    pub(crate) signature: FailureSignature,
}

impl FailingSchedule {
    /// Creates a failing schedule when only the kind of its failure is known.
    pub(crate) fn without_place(index: usize, schedule: Schedule, cause: FailureCause) -> Self {
        let signature = FailureSignature { kind: cause.kind(), place: String::new() };
        FailingSchedule { index, schedule, cause, signature }
    }
}

/// Schedules that failed alike.
pub(crate) struct FailureGroup {
    pub(crate) count: usize,
    /// The one with the lowest index.
    pub(crate) first: FailingSchedule,
}

/// Groups and counts the failures of a search.
#[derive(Default)]
pub(crate) struct Tally {
    groups: Vec<FailureGroup>,
    kinds: Vec<KindCount>,
}

impl Tally {
    /// Adds a failing schedule. Returns whether it is kept as the first of a new group.
    pub(crate) fn add(&mut self, failing: FailingSchedule) -> bool {
        let kind = failing.signature.kind;
        match self.kinds.iter_mut().find(|known| known.kind == kind) {
            Some(known) => known.count += 1,
            None => self.kinds.push(KindCount { kind, count: 1 }),
        }
        if let Some(group) = self.groups.iter_mut().find(|group| group.first.signature == failing.signature) {
            group.count += 1;
            if failing.index < group.first.index {
                group.first = failing;
            }
            return false;
        }
        let is_kept = self.groups.len() < MAX_GROUPS;
        if is_kept {
            self.groups.push(FailureGroup { count: 1, first: failing });
        }
        is_kept
    }

    /// Returns how many schedules failed, by kind, in the order in which the kinds appeared.
    pub(crate) fn kinds(&self) -> &[KindCount] {
        &self.kinds
    }

    /// Returns the groups in the order of their first schedules.
    pub(crate) fn into_groups(mut self) -> Vec<FailureGroup> {
        self.groups.sort_by_key(|group| group.first.index);
        self.groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    const DEADLOCK: FailureCause = FailureCause::Deadlock { beside: None };

    fn kind_count(kind: FailureKind, count: usize) -> KindCount {
        KindCount { kind, count }
    }

    fn failing(place: &str, index: usize, cause: FailureCause) -> FailingSchedule {
        let signature = FailureSignature { kind: cause.kind(), place: place.to_owned() };
        FailingSchedule { index, schedule: Schedule::default(), cause, signature }
    }

    #[test]
    fn each_kind_and_place_keeps_its_first_schedule() {
        let mut tally = Tally::default();
        for (place, index, cause) in
            [("b", 7, DEADLOCK), ("a", 5, DEADLOCK), ("b", 3, DEADLOCK), ("b", 4, FailureCause::TaskLeak)]
        {
            tally.add(failing(place, index, cause));
        }
        assert_eq!(tally.kinds(), [kind_count(FailureKind::Deadlock, 3), kind_count(FailureKind::TaskLeak, 1)]);
        let groups: Vec<_> = tally.into_groups().into_iter().map(|group| (group.first.index, group.count)).collect();
        assert_eq!(groups, [(3, 2), (4, 1), (5, 1)]);
    }

    #[test]
    fn different_failures_take_bounded_space() {
        let mut tally = Tally::default();
        for index in 0..1_000 {
            tally.add(failing(&index.to_string(), index, DEADLOCK));
        }
        assert_eq!(tally.kinds(), [kind_count(FailureKind::Deadlock, 1_000)]);
        assert_eq!(tally.into_groups().len(), MAX_GROUPS);
    }
}
