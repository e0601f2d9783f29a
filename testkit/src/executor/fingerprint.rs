//! Hashes of interleavings, to count how many schedules of a search are distinct.

use std::hash::{Hash, Hasher};

use crate::schedule::Deviation;

/// An odd number without a pattern in its bits: 2^64 divided by the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hash of the interleaving of a run: the order of polls, the preemptions, and all other choices. Different
/// interleavings have equal fingerprints with a probability of 1 in 2^64.
///
/// Hashing the deviations instead would not work, because some have no effect. For example, a preemption after the
/// third operation does nothing in a poll with two operations.
#[derive(Clone, Copy)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    pub(super) fn new() -> Self {
        Fingerprint(FACTOR)
    }

    /// Adds a step of a task. Must be fast, because it is called in each step.
    #[inline(always)]
    pub(super) fn step(&mut self, task: u32) {
        self.add(u64::from(task));
    }

    /// Adds that the poll was preempted after this many operations.
    pub(super) fn preempted(&mut self, operations: u32) {
        self.add(u64::from(operations) | 1 << 32);
    }

    /// Adds a choice, unless it is visible in the steps of the run.
    pub(super) fn choice(&mut self, deviation: &Deviation) {
        if deviation.key.is_choice() && !deviation.key.is_scheduling() {
            deviation.hash(self);
        }
    }

    #[inline(always)]
    fn add(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(FACTOR);
    }
}

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.add(u64::from(*byte)));
    }

    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }

    fn write_isize(&mut self, value: isize) {
        self.add(value as u64);
    }

    /// Mixes the bits, so that each bit depends on everything that was added. Source: Steele, Lea and Flood 2014, "Fast
    /// splittable pseudorandom number generators".
    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::ChoiceKey;

    fn fingerprint_of(steps: &[u32], choices: &[Deviation]) -> u64 {
        let mut fingerprint = Fingerprint::new();
        steps.iter().for_each(|step| fingerprint.step(*step));
        choices.iter().for_each(|choice| fingerprint.choice(choice));
        fingerprint.finish()
    }

    #[test]
    fn the_order_and_the_number_of_steps_matter() {
        assert_eq!(fingerprint_of(&[0, 1, 2], &[]), fingerprint_of(&[0, 1, 2], &[]));
        let all = [
            fingerprint_of(&[], &[]),
            fingerprint_of(&[0], &[]),
            fingerprint_of(&[0, 0], &[]),
            fingerprint_of(&[0, 1, 2], &[]),
            fingerprint_of(&[0, 2, 1], &[]),
        ];
        assert!((1..all.len()).all(|at| !all[..at].contains(&all[at])), "{all:x?}");
    }

    #[test]
    fn choices_that_steps_show_are_not_added() {
        let at = crate::schedule::PollPosition::default();
        let shown = [
            ChoiceKey::Run { first: 1, at, passed_over: 0 }.deviation(2),
            ChoiceKey::Preempt { task: 1, at }.deviation(3),
        ];
        assert_eq!(fingerprint_of(&[0], &shown), fingerprint_of(&[0], &[]));
        let chosen = |value| fingerprint_of(&[0], &[ChoiceKey::Choose { task: 0, index: 0 }.deviation(value)]);
        assert_ne!(chosen(1), chosen(2));
        assert_ne!(chosen(1), fingerprint_of(&[0], &[]));
    }
}
