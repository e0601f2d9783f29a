//! Predicts and steers the random numbers that tokio draws on this thread. They decide at which branch a `select!`
//! begins, and which of its lists of waiters a `watch` uses.
//!
//! The numbers cannot be set, but they can be predicted. tokio's generator is linear over bits except for one sum, and
//! the lowest bit of a sum is linear as well. So Gaussian elimination recovers the state from the lowest bits of 64
//! numbers. Steering then draws numbers until the next ones are as wanted.

use std::array::from_fn;
use std::ops::Range;
use std::sync::LazyLock;

use tokio::macros::support::thread_rng_n;

/// Copy of tokio's generator. Source: Marsaglia 2003, "Xorshift RNGs"; the sum of two 32-bit words.
#[derive(Clone, Copy)]
pub(crate) struct ThreadRng {
    one: u32,
    two: u32,
}

/// Maximum number of draws in one poll of the code under test. Beyond that, the state is recovered again.
const MAX_DRAWN: u32 = 10_000;

/// Maximum number of draws in the search for wanted numbers.
const MAX_STEERING_DRAWS: u32 = 1_000_000;

impl ThreadRng {
    /// Recovers the state of tokio's generator. Returns `None` if tokio uses a different generator than expected.
    pub(crate) fn recover() -> Option<Self> {
        ThreadRng::recover_both().map(|(_, now)| now)
    }

    /// Returns the state before the recovery, and the state now.
    fn recover_both() -> Option<(Self, Self)> {
        // `draw` returns the number minus 1, which inverts the lowest bit.
        let before = ThreadRng::solve((0..64).fold(0, |seen, at| seen | u64::from(draw() & 1 == 0) << at));
        let mut now = before;
        (0..64).for_each(|_| _ = now.next());
        (0..8).all(|_| now.next() == draw()).then_some((before, now))
    }

    /// Returns the state that generates 64 numbers with these lowest bits.
    fn solve(seen: u64) -> Self {
        let bits = INVERSE.iter().map(|mask| (mask & seen).count_ones() & 1 == 1);
        let state = bits.enumerate().fold(0_u64, |state, (bit, is_set)| state | u64::from(is_set) << bit);
        ThreadRng { one: state as u32, two: (state >> 32) as u32 }
    }

    /// Returns the state of tokio's generator: the predicted one if the next number confirms it, otherwise a recovered
    /// one.
    pub(crate) fn verified(predicted: Option<Self>) -> Option<Self> {
        predicted.and_then(|mut rng| (rng.next() == draw()).then_some(rng)).or_else(ThreadRng::recover)
    }

    /// Returns how many numbers other code has drawn since the last call of this function or of [`ThreadRng::steer`].
    /// Draws one number itself.
    pub(crate) fn count_drawn(&mut self) -> u32 {
        let (before, drawn) = (*self, draw());
        for count in 0..MAX_DRAWN {
            if self.next() == drawn {
                return count;
            }
        }
        *self = ThreadRng::recover().unwrap_or(before);
        MAX_DRAWN
    }

    /// Draws numbers until the next ones, minus 1 each, are in these ranges.
    pub(crate) fn steer(&mut self, wanted: &[Range<u32>]) {
        for _ in 0..MAX_STEERING_DRAWS {
            let mut ahead = *self;
            if wanted.iter().all(|range| range.contains(&ahead.next())) {
                return;
            }
            draw();
            self.next();
        }
    }

    /// Returns the next number minus 1.
    fn next(&mut self) -> u32 {
        self.number().saturating_sub(1)
    }

    fn number(&mut self) -> u32 {
        let (mut new, old) = (self.one, self.two);
        new ^= new << 17;
        new = new ^ old ^ (new >> 7) ^ (old >> 16);
        (self.one, self.two) = (old, new);
        old.wrapping_add(new)
    }
}

/// Predicts the seeds that tokio sets each time a runtime is entered: two numbers from a generator of the runtime.
pub(crate) struct Seeds(ThreadRng);

impl Seeds {
    /// Recovers the state of the runtime's generator. `enter` enters the runtime and calls the given function there.
    pub(crate) fn recover(mut enter: impl FnMut(fn() -> Option<(u32, u32)>) -> Option<(u32, u32)>) -> Option<Self> {
        let mut seen = 0;
        for at in (0..64).step_by(2) {
            let (one, two) = enter(|| ThreadRng::recover_both().map(|(before, _)| (before.one, before.two)))?;
            seen |= u64::from(one & 1) << at | u64::from(two & 1) << (at + 1);
        }
        let mut rng = ThreadRng::solve(seen);
        (0..64).for_each(|_| _ = rng.next());
        Some(Seeds(rng))
    }

    /// Returns the state of tokio's generator after the runtime is entered the next time.
    pub(crate) fn next(&mut self) -> ThreadRng {
        ThreadRng { one: self.0.number(), two: self.0.number() }
    }
}

/// Draws a number and returns it minus 1. That is the effect of scaling it to `u32::MAX` values.
fn draw() -> u32 {
    thread_rng_n(u32::MAX)
}

/// For each bit of the state, a mask over the 64 lowest bits. The masked bits XOR to the bit of the state.
static INVERSE: LazyLock<[u64; 64]> = LazyLock::new(|| {
    let mut symbolic = Symbolic::new();
    // State bits that XOR to a lowest bit, and a mask of the lowest bits that were combined for it.
    let mut rows: [(u64, u64); 64] = from_fn(|at| (symbolic.next(), 1 << at));
    for bit in 0..64 {
        let Some(found) = (bit..64).find(|&row| rows[row].0 >> bit & 1 == 1) else { continue };
        rows.swap(bit, found);
        let (state_bits, numbers) = rows[bit];
        for row in (0..64).filter(|&row| row != bit) {
            if rows[row].0 >> bit & 1 == 1 {
                rows[row] = (rows[row].0 ^ state_bits, rows[row].1 ^ numbers);
            }
        }
    }
    rows.map(|(_, numbers)| numbers)
});

/// The generator with symbolic bits. Each bit is the XOR of bits of the initial state.
struct Symbolic {
    one: [u64; 32],
    two: [u64; 32],
}

impl Symbolic {
    fn new() -> Self {
        Symbolic { one: from_fn(|bit| 1 << bit), two: from_fn(|bit| 1 << (32 + bit)) }
    }

    /// Returns the lowest bit of the next number.
    fn next(&mut self) -> u64 {
        let (mut new, old) = (self.one, self.two);
        new = from_fn(|bit| new[bit] ^ if bit >= 17 { new[bit - 17] } else { 0 });
        new = from_fn(|bit| new[bit] ^ old[bit] ^ new.get(bit + 7).unwrap_or(&0) ^ old.get(bit + 16).unwrap_or(&0));
        (self.one, self.two) = (old, new);
        old[0] ^ new[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails if tokio changes its generator. This file must then be adapted.
    #[test]
    fn the_state_is_recovered() {
        for _ in 0..100 {
            assert!(ThreadRng::recover().is_some());
        }
    }

    #[test]
    fn numbers_drawn_inside_a_runtime_are_predicted() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut seeds = Seeds::recover(|inside| runtime.block_on(async { inside() })).unwrap();
        for _ in 0..100 {
            let mut rng = seeds.next();
            assert_eq!(runtime.block_on(async { draw() }), rng.next());
        }
    }

    #[test]
    fn draws_of_other_code_are_counted() {
        let mut rng = ThreadRng::recover().unwrap();
        for count in [0, 1, 2, 100, 0, MAX_DRAWN - 1] {
            for _ in 0..count {
                thread_rng_n(3);
            }
            assert_eq!(rng.count_drawn(), count);
        }
        for _ in 0..MAX_DRAWN + 5 {
            thread_rng_n(3);
        }
        assert_eq!(rng.count_drawn(), MAX_DRAWN);
        assert_eq!(rng.count_drawn(), 0);
    }

    #[test]
    fn the_next_numbers_are_as_wanted() {
        let mut rng = ThreadRng::recover().unwrap();
        for _ in 0..100 {
            rng.steer(&[0..u32::MAX / 4, u32::MAX / 2..u32::MAX]);
            assert_eq!((thread_rng_n(4), thread_rng_n(2)), (0, 1));
            assert_eq!(rng.count_drawn(), 2);
        }
    }
}
