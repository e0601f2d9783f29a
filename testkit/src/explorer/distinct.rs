//! Counts distinct schedules by their fingerprints, in bounded space.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::failure::Coverage;

/// Number of fingerprints that are kept.
const MAX_FINGERPRINTS: usize = 1 << 16;

/// The last `1 / TAIL_DIVISOR` of the schedules show whether new ones still appear.
const TAIL_DIVISOR: usize = 10;

/// Estimates the number of distinct schedules that one worker thread or all of them ran.
///
/// All fingerprints are kept until there are too many. Then only those in which a certain bit is 0 are kept, about half
/// of them; later those in which two bits are 0, and so on. The kept ones are a uniform sample, from which the number
/// of distinct schedules and of new ones at the end is estimated.
///
/// Source: Flajolet 1990, "On adaptive sampling".
#[derive(Clone, Default)]
pub(super) struct DistinctSchedules {
    /// Number of schedules that were run.
    schedules: usize,
    /// The highest position of a schedule, plus one.
    end: usize,
    /// The first position of each fingerprint. With positions, the result does not depend on which worker thread ran a
    /// schedule.
    first_positions: HashMap<u64, usize, BuildHasherDefault<Identity>>,
    /// Number of bits that must be 0 in a kept fingerprint.
    level: u32,
    /// Whether raw tasks were run.
    pub(super) has_raw_tasks: bool,
    /// Whether raw tasks were alive at the end of a run.
    pub(super) leaves_raw_tasks: bool,
}

impl DistinctSchedules {
    /// Adds a schedule. `position` is the number of schedules that were started before it.
    #[inline]
    pub(super) fn add(&mut self, fingerprint: u64, position: usize) {
        self.schedules += 1;
        self.end = self.end.max(position + 1);
        self.insert(fingerprint, position);
    }

    /// Adds a schedule with an unknown fingerprint.
    pub(super) fn add_unknown(&mut self) {
        self.schedules += 1;
    }

    /// Adds the schedules that another worker thread ran.
    pub(super) fn merge(&mut self, other: &DistinctSchedules) {
        self.schedules += other.schedules;
        self.end = self.end.max(other.end);
        self.has_raw_tasks |= other.has_raw_tasks;
        self.leaves_raw_tasks |= other.leaves_raw_tasks;
        self.thin_out(other.level);
        for (&fingerprint, &position) in &other.first_positions {
            self.insert(fingerprint, position);
        }
    }

    /// Returns the coverage.
    pub(super) fn coverage(&self) -> Coverage {
        let last = self.schedules.div_ceil(TAIL_DIVISOR);
        let tail = self.end.saturating_sub(last);
        let new = self.first_positions.values().filter(|&&position| position >= tail).count();
        Coverage {
            schedules: self.schedules,
            distinct: (self.first_positions.len() << self.level).min(self.schedules),
            new: (new << self.level).min(last),
            last,
            is_estimate: self.level > 0,
            has_raw_tasks: self.has_raw_tasks,
            leaves_raw_tasks: self.leaves_raw_tasks,
            skipped: 0,
        }
    }

    #[inline]
    fn insert(&mut self, fingerprint: u64, position: usize) {
        if !is_in_sample(fingerprint, self.level) {
            return;
        }
        let first = self.first_positions.entry(fingerprint).or_insert(position);
        *first = position.min(*first);
        if self.first_positions.len() > MAX_FINGERPRINTS {
            self.thin_out(self.level + 1);
        }
    }

    #[cold]
    fn thin_out(&mut self, level: u32) {
        if level > self.level {
            self.level = level;
            self.first_positions.retain(|&fingerprint, _| is_in_sample(fingerprint, level));
        }
    }
}

/// Returns whether a fingerprint is kept at a level. Uses the middle bits, because the hash map uses the first and the
/// last bits.
fn is_in_sample(fingerprint: u64, level: u32) -> bool {
    (fingerprint >> 24).trailing_zeros() >= level
}

/// A hasher that returns the number itself, because a fingerprint is already a hash.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a fingerprint is a number");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    /// Adds schedules with fingerprints drawn from `count` different ones.
    fn drawn(schedules: usize, count: u64) -> DistinctSchedules {
        let (mut all, mut rng) = (DistinctSchedules::default(), Rng::with_seed(1));
        for position in 0..schedules {
            let number = rng.u64(..count);
            all.add(Rng::with_seed(number).u64(..), position);
        }
        all
    }

    #[test]
    fn few_schedules_are_counted_exactly() {
        let coverage = drawn(1_000, 10).coverage();
        assert_eq!(coverage, Coverage { schedules: 1_000, distinct: 10, last: 100, ..Coverage::default() });
        let all = drawn(1_000, u64::MAX).coverage();
        assert_eq!(all, Coverage { schedules: 1_000, distinct: 1_000, new: 100, last: 100, ..Coverage::default() });
    }

    #[test]
    fn many_schedules_are_estimated_in_bounded_space() {
        let many = drawn(3_000_000, 2_000_000);
        assert!(many.first_positions.len() <= MAX_FINGERPRINTS);
        let coverage = many.coverage();
        assert!(coverage.is_estimate);
        // In m draws of n values, a fraction of 1 - exp(-m/n) of the values appears. In the last tenth of the draws, a
        // fraction of about exp(-m/n) is new.
        let assert_near = |estimate: usize, expected: f64, max_error: f64| {
            let error = (estimate as f64 / expected - 1.0).abs();
            assert!(error < max_error, "{estimate} instead of {expected}");
        };
        assert_near(coverage.distinct(), 2e6 * (1.0 - (-1.5_f64).exp()), 0.02);
        assert_near(coverage.new_at_end(), 2e6 * ((-1.35_f64).exp() - (-1.5_f64).exp()), 0.06);
    }

    #[test]
    fn several_workers_count_the_same_as_one() {
        for (schedules, count) in [(1_000, 300), (300_000, 150_000)] {
            let one = drawn(schedules, count);
            let (mut parts, mut rng) = (vec![DistinctSchedules::default(); 3], Rng::with_seed(1));
            for position in 0..schedules {
                let number = rng.u64(..count);
                parts[position % 3].add(Rng::with_seed(number).u64(..), position);
            }
            let mut together = DistinctSchedules::default();
            parts.iter().for_each(|part| together.merge(part));
            assert_eq!(together.coverage(), one.coverage());
        }
    }
}
