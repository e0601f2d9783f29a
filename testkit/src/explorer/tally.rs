//! The failures of a search, each different one once.

use crate::outcome::{FailureKind, Problem};
use crate::schedule::Schedule;

/// How many different failures are told from each other. More are counted by their kind only.
const MOST: usize = 100;

/// A schedule that fails.
#[derive(Clone)]
pub(super) struct Found {
    /// Its number among the schedules of the search.
    pub(super) index: usize,
    pub(super) schedule: Schedule,
    pub(super) problem: Problem,
    /// Where, as far as that tells two failures of a kind apart.
    pub(super) place: String,
}

/// Failures of one kind, in one place.
pub(super) struct Class {
    /// In how many schedules they were.
    pub(super) count: usize,
    /// The first schedule of them.
    pub(super) first: Found,
}

/// All failures so far.
#[derive(Default)]
pub(super) struct Tally {
    classes: Vec<Class>,
    kinds: Vec<(FailureKind, usize)>,
}

impl Tally {
    /// Adds one. Tells whether it is the first that is told of its kind and place.
    pub(super) fn add(&mut self, found: Found) -> bool {
        let kind = found.problem.kind();
        match self.kinds.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, count)) => *count += 1,
            None => self.kinds.push((kind, 1)),
        }
        let is_same = |class: &Class| class.first.problem.kind() == kind && class.first.place == found.place;
        if let Some(at) = self.classes.iter().position(is_same) {
            let class = &mut self.classes[at];
            class.count += 1;
            if found.index < class.first.index {
                class.first = found;
            }
            return false;
        }
        let is_told = self.classes.len() < MOST;
        if is_told {
            self.classes.push(Class { count: 1, first: found });
        }
        is_told
    }

    /// How many schedules failed, by kind, in the order in which the kinds came.
    pub(super) fn kinds(&self) -> &[(FailureKind, usize)] {
        &self.kinds
    }

    /// The different failures, in the order of their schedules.
    pub(super) fn into_classes(mut self) -> Vec<Class> {
        self.classes.sort_by_key(|class| class.first.index);
        self.classes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Finding;

    fn found(place: &str, index: usize, finding: Finding) -> Found {
        let (schedule, problem) = (Schedule::default(), Problem::Finding(finding));
        Found { index, schedule, problem, place: place.to_owned() }
    }

    #[test]
    fn each_kind_and_place_is_kept_once_with_its_first_schedule() {
        let mut tally = Tally::default();
        for (place, index, finding) in [
            ("b", 7, Finding::Deadlock),
            ("a", 5, Finding::Deadlock),
            ("b", 3, Finding::Deadlock),
            ("b", 4, Finding::TaskLeak),
        ] {
            tally.add(found(place, index, finding));
        }
        assert_eq!(tally.kinds(), [(FailureKind::Deadlock, 3), (FailureKind::TaskLeak, 1)]);
        let classes: Vec<_> = tally.into_classes().into_iter().map(|class| (class.first.index, class.count)).collect();
        assert_eq!(classes, [(3, 2), (4, 1), (5, 1)]);
    }

    #[test]
    fn what_differs_in_each_schedule_takes_no_more_and_more_space() {
        let mut tally = Tally::default();
        for index in 0..1_000 {
            tally.add(found(&index.to_string(), index, Finding::Deadlock));
        }
        assert_eq!(tally.kinds(), [(FailureKind::Deadlock, 1_000)]);
        assert_eq!(tally.into_classes().len(), MOST);
    }
}
