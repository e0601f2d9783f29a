use std::hash::{Hash, Hasher};

use crate::schedule::ChoiceKey;

/// An odd number with no pattern in its bits: those of the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// A number for what a run has done: which tasks were polled in which order, where they were preempted, and what else was
/// decided. Two runs with the same one were the same interleaving, but for one pair in 2^64.
///
/// Departures alone would not do: some have no effect, as a poll that is to be preempted after its third operation and has
/// only two.
#[derive(Clone, Copy)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    pub(super) fn new() -> Self {
        Fingerprint(FACTOR)
    }

    /// Adds the next step, by its task. It is called in each, so it is a few instructions.
    #[inline(always)]
    pub(super) fn step(&mut self, task: u32) {
        self.add(u64::from(task));
    }

    /// The poll was cut short after so many operations.
    pub(super) fn preempted(&mut self, operations: u32) {
        self.add(u64::from(operations) | 1 << 32);
    }

    /// Adds a choice that no step shows.
    pub(super) fn choice(&mut self, choice: &(ChoiceKey, u32)) {
        if choice.0.is_choice() && !choice.0.shows_in_steps() {
            choice.hash(self);
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

    /// All bits of it depend on all that was added. Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
    /// generators".
    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(steps: &[u32], choices: &[(ChoiceKey, u32)]) -> u64 {
        let mut fingerprint = Fingerprint::new();
        steps.iter().for_each(|step| fingerprint.step(*step));
        choices.iter().for_each(|choice| fingerprint.choice(choice));
        fingerprint.finish()
    }

    #[test]
    fn the_order_of_steps_counts_and_so_does_their_number() {
        assert_eq!(of(&[0, 1, 2], &[]), of(&[0, 1, 2], &[]));
        let all = [of(&[], &[]), of(&[0], &[]), of(&[0, 0], &[]), of(&[0, 1, 2], &[]), of(&[0, 2, 1], &[])];
        assert!((1..all.len()).all(|at| !all[..at].contains(&all[at])), "{all:x?}");
    }

    #[test]
    fn what_steps_show_is_not_added_twice() {
        let at = crate::schedule::PollPosition::default();
        let shown = [(ChoiceKey::Run { first: 1, at, passed: 0 }, 2), (ChoiceKey::Preempt { task: 1, at }, 3)];
        assert_eq!(of(&[0], &shown), of(&[0], &[]));
        assert_eq!(of(&[0], &[(ChoiceKey::Probe { idle: 0, task: 1 }, 1)]), of(&[0], &[]));
        let chosen = |value| of(&[0], &[(ChoiceKey::Choose { task: 0, at: 0 }, value)]);
        assert_ne!(chosen(1), chosen(2));
        assert_ne!(chosen(1), of(&[0], &[]));
    }
}
