//! Which schedules were run, by their fingerprints, in a bounded space.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::failure::Coverage;

/// How many fingerprints are kept.
const MAX_FINGERPRINTS: usize = 1 << 16;

/// Of a search, in how many of its last schedules new ones are looked for: one in so many.
const LAST: usize = 10;

/// The schedules of one worker, or of all.
///
/// All fingerprints are kept as long as there is room; then those of which a certain bit is 0, which is half of them; then
/// those with two such bits, and so on. What is left is a fair sample: it tells how many there were, and how many of them
/// were new at the end. Source: Flajolet 1990, "On adaptive sampling".
#[derive(Clone, Default)]
pub(super) struct DistinctSchedules {
    /// How many schedules were run.
    schedules: usize,
    /// How many there would be if there were one at each place.
    places: usize,
    /// Where each fingerprint came first, counted in schedules. So the result does not depend on which worker ran what.
    firsts: HashMap<u64, usize, BuildHasherDefault<Identity>>,
    /// How many bits are 0 in each fingerprint that is kept.
    level: u32,
    /// Whether raw tokio tasks were run.
    pub(super) has_raw_tasks: bool,
}

impl DistinctSchedules {
    /// A schedule was run, before which `place` others were begun.
    #[inline]
    pub(super) fn add(&mut self, fingerprint: u64, place: usize) {
        self.schedules += 1;
        self.places = self.places.max(place + 1);
        self.keep(fingerprint, place);
    }

    /// A schedule was run, of which nobody knows what it did.
    pub(super) fn add_unknown(&mut self) {
        self.schedules += 1;
    }

    /// Adds what another worker has run.
    pub(super) fn merge(&mut self, other: &DistinctSchedules) {
        self.schedules += other.schedules;
        self.places = self.places.max(other.places);
        self.has_raw_tasks |= other.has_raw_tasks;
        self.thin_out(other.level);
        for (&fingerprint, &place) in &other.firsts {
            self.keep(fingerprint, place);
        }
    }

    /// What that is as a figure.
    pub(super) fn coverage(&self) -> Coverage {
        let last = self.schedules.div_ceil(LAST);
        let old = self.places.saturating_sub(last);
        let new = self.firsts.values().filter(|&&place| place >= old).count();
        Coverage {
            schedules: self.schedules,
            distinct: (self.firsts.len() << self.level).min(self.schedules),
            new: (new << self.level).min(last),
            last,
            is_estimate: self.level > 0,
            has_raw_tasks: self.has_raw_tasks,
            skipped: 0,
        }
    }

    #[inline]
    fn keep(&mut self, fingerprint: u64, place: usize) {
        if !is_in_sample(fingerprint, self.level) {
            return;
        }
        let first = self.firsts.entry(fingerprint).or_insert(place);
        *first = place.min(*first);
        if self.firsts.len() > MAX_FINGERPRINTS {
            self.thin_out(self.level + 1);
        }
    }

    #[cold]
    fn thin_out(&mut self, level: u32) {
        if level > self.level {
            self.level = level;
            self.firsts.retain(|&fingerprint, _| is_in_sample(fingerprint, level));
        }
    }
}

/// The bits that decide are in the middle: the map goes by the first and by the last ones.
fn is_in_sample(fingerprint: u64, level: u32) -> bool {
    (fingerprint >> 24).trailing_zeros() >= level
}

/// A fingerprint is a hash already.
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

    /// Schedules of which each draws one of `count` fingerprints.
    fn seen(schedules: usize, count: u64) -> DistinctSchedules {
        let (mut seen, mut rng) = (DistinctSchedules::default(), Rng::with_seed(1));
        for place in 0..schedules {
            let number = rng.u64(..count);
            seen.add(Rng::with_seed(number).u64(..), place);
        }
        seen
    }

    #[test]
    fn few_are_counted_exactly() {
        let coverage = seen(1_000, 10).coverage();
        assert_eq!(coverage, Coverage { schedules: 1_000, distinct: 10, last: 100, ..Coverage::default() });
        let all = seen(1_000, u64::MAX).coverage();
        assert_eq!(all, Coverage { schedules: 1_000, distinct: 1_000, new: 100, last: 100, ..Coverage::default() });
    }

    #[test]
    fn many_are_estimated_within_a_bounded_space() {
        let many = seen(3_000_000, 2_000_000);
        assert!(many.firsts.len() <= MAX_FINGERPRINTS);
        let coverage = many.coverage();
        assert!(coverage.is_estimate);
        // Of n values, the part 1 - exp(-m/n) is seen in m draws; of the last tenth of the draws, about exp(-m/n) are new.
        let within = |estimate: usize, wanted: f64, error: f64| {
            let off = (estimate as f64 / wanted - 1.0).abs();
            assert!(off < error, "{estimate} instead of {wanted}");
        };
        within(coverage.distinct(), 2e6 * (1.0 - (-1.5_f64).exp()), 0.02);
        within(coverage.new_at_end(), 2e6 * ((-1.35_f64).exp() - (-1.5_f64).exp()), 0.06);
    }

    #[test]
    fn what_several_workers_have_seen_is_the_same_as_what_one_has() {
        for (schedules, count) in [(1_000, 300), (300_000, 150_000)] {
            let one = seen(schedules, count);
            let (mut parts, mut rng) = (vec![DistinctSchedules::default(); 3], Rng::with_seed(1));
            for place in 0..schedules {
                let number = rng.u64(..count);
                parts[place % 3].add(Rng::with_seed(number).u64(..), place);
            }
            let mut together = DistinctSchedules::default();
            parts.iter().for_each(|part| together.merge(part));
            assert_eq!(together.coverage(), one.coverage());
        }
    }
}
