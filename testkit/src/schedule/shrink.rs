//! Removes deviations that a failure does not need.

use std::time::{Duration, Instant};

use super::{ChoiceKey, Schedule};

/// Removes the deviations of a schedule that its failure does not need. Takes at most `time` of real time.
///
/// `fails` runs a schedule. If the run fails in the same way, `fails` returns the schedule with the deviations that the
/// run made, which may be fewer.
///
/// First, removes ever smaller chunks (Zeller and Hildebrandt 2002, "Simplifying and isolating failure-inducing
/// input"), then pairs. Next, holds back tasks that were passed over ([`ChoiceKey::Hold`]), unless that adds
/// deviations. Repeats both until neither helps. The result depends only on the schedule, unless time runs out.
pub(crate) fn shrink(
    mut schedule: Schedule,
    time: Duration,
    mut fails: impl FnMut(&Schedule) -> Option<Schedule>,
) -> Schedule {
    let deadline = Instant::now() + time;
    loop {
        schedule = remove_chunks(schedule, deadline, &mut fails);
        match hold_back(&schedule, deadline, &mut fails) {
            Some(other) => schedule = other,
            None => return schedule,
        }
    }
}

/// Replaces choices that pass over a task with one hold of that task, unless that adds deviations. Returns `None` if
/// nothing changed.
fn hold_back(
    schedule: &Schedule,
    deadline: Instant,
    fails: &mut impl FnMut(&Schedule) -> Option<Schedule>,
) -> Option<Schedule> {
    let pass_overs =
        |schedule: &Schedule| schedule.deviations.keys().filter(|key| matches!(key, ChoiceKey::Run { .. })).count();
    let mut best: Option<Schedule> = None;
    for key in schedule.deviations.keys() {
        let ChoiceKey::Run { first, at, .. } = *key else { continue };
        let schedule = best.as_ref().unwrap_or(schedule);
        if !schedule.deviations.contains_key(key) || Instant::now() >= deadline {
            continue;
        }
        let head = (first, at);
        let is_other = |key: &ChoiceKey| !matches!(*key, ChoiceKey::Run { first, at, .. } if (first, at) == head);
        let mut candidate = schedule.clone();
        candidate.deviations.retain(|key, _| is_other(key));
        candidate.deviations.insert(ChoiceKey::Hold { task: first, at }, 1);
        if let Some(made) = fails(&candidate)
            && made.deviations.len() <= schedule.deviations.len()
            && pass_overs(&made) < pass_overs(schedule)
        {
            best = Some(made);
        }
    }
    best
}

/// Removes deviations that the failure does not need.
fn remove_chunks(
    mut schedule: Schedule,
    deadline: Instant,
    fails: &mut impl FnMut(&Schedule) -> Option<Schedule>,
) -> Schedule {
    let mut chunk = schedule.deviations.len().div_ceil(2).max(1);
    while !schedule.deviations.is_empty() && Instant::now() < deadline {
        let before = schedule.deviations.len();
        let mut end = before;
        // Start at the end, because removing the last deviations does not affect those before them.
        while end > 0 && Instant::now() < deadline {
            let start = end.saturating_sub(chunk);
            if let Some(smaller) = without(&schedule, start..end, fails) {
                schedule = smaller;
            }
            end = start.min(schedule.deviations.len());
        }
        if chunk > 1 {
            chunk = chunk.div_ceil(2);
        } else if schedule.deviations.len() == before {
            break;
        }
    }
    remove_pairs(schedule, deadline, fails)
}

/// Returns the schedule without the deviations at `range` if it still fails and is smaller.
fn without(
    schedule: &Schedule,
    range: std::ops::Range<usize>,
    fails: &mut impl FnMut(&Schedule) -> Option<Schedule>,
) -> Option<Schedule> {
    let mut candidate = schedule.clone();
    let keys: Vec<_> = schedule.deviations.keys().copied().collect();
    for key in &keys[range] {
        candidate.deviations.remove(key);
    }
    fails(&candidate).filter(|made| made.deviations.len() < schedule.deviations.len())
}

/// Removes pairs of deviations that depend on each other, if there are few enough to try all pairs.
fn remove_pairs(
    mut schedule: Schedule,
    deadline: Instant,
    fails: &mut impl FnMut(&Schedule) -> Option<Schedule>,
) -> Schedule {
    const MAX_FOR_PAIRS: usize = 12;
    'again: while schedule.deviations.len() <= MAX_FOR_PAIRS {
        let keys: Vec<_> = schedule.deviations.keys().copied().collect();
        for (at, first) in keys.iter().enumerate() {
            for second in &keys[at + 1..] {
                if Instant::now() >= deadline {
                    return schedule;
                }
                let mut candidate = schedule.clone();
                candidate.deviations.remove(first);
                candidate.deviations.remove(second);
                if let Some(made) = fails(&candidate).filter(|made| made.deviations.len() < schedule.deviations.len()) {
                    schedule = made;
                    continue 'again;
                }
            }
        }
        break;
    }
    schedule
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::PollPosition;
    use proptest::prelude::*;

    fn schedule(keys: impl IntoIterator<Item = u32>) -> Schedule {
        let deviations = keys.into_iter().map(|index| (ChoiceKey::Choose { task: 0, index }, 1)).collect();
        Schedule { seed: 1, deviations, ..Schedule::default() }
    }

    fn has(schedule: &Schedule, index: u32) -> bool {
        schedule.deviations.contains_key(&ChoiceKey::Choose { task: 0, index })
    }

    proptest! {
        #[test]
        fn only_the_needed_deviations_remain(
            all in prop::collection::btree_set(0_u32..200, 1..80),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let list: Vec<_> = all.iter().copied().collect();
            let needed: std::collections::BTreeSet<_> = picks.iter().map(|pick| list[pick.index(list.len())]).collect();
            let fails = |made: &Schedule| needed.iter().all(|&index| has(made, index)).then(|| made.clone());
            let shrunk = shrink(schedule(all), Duration::from_secs(60), fails);
            prop_assert_eq!(shrunk, schedule(needed));
        }
    }

    #[test]
    fn deviations_that_need_each_other_are_removed_together() {
        // Fails with 9, if 3 and 5 are both present or both absent.
        let fails = |made: &Schedule| (has(made, 9) && has(made, 3) == has(made, 5)).then(|| made.clone());
        assert_eq!(shrink(schedule([1, 3, 5, 9]), Duration::from_secs(60), fails), schedule([9]));
    }

    #[test]
    fn a_task_that_is_passed_over_repeatedly_is_held_back() {
        let run = |first, passed_over| ChoiceKey::Run { first, at: PollPosition::default(), passed_over };
        let hold = |task| ChoiceKey::Hold { task, at: PollPosition::default() };
        // Fails if task 1 runs last, and task 2 after task 3.
        let fails = |made: &Schedule| {
            let keys = &made.deviations;
            let is_last =
                keys.contains_key(&hold(1)) || (0..4).all(|passed_over| keys.contains_key(&run(1, passed_over)));
            (is_last && keys.contains_key(&run(2, 0))).then(|| made.clone())
        };
        let deviations = (0..4).map(|passed_over| (run(1, passed_over), 9)).chain([(run(2, 0), 3)]).collect();
        let whole = Schedule { deviations, ..Schedule::default() };
        let shrunk = shrink(whole, Duration::from_secs(60), fails);
        assert_eq!(shrunk.deviations, [(hold(1), 1), (run(2, 0), 3)].into());
    }

    #[test]
    fn it_stops_when_time_is_up() {
        let whole = schedule(0..50);
        assert_eq!(shrink(whole.clone(), Duration::ZERO, |made| Some(made.clone())), whole);
    }
}
