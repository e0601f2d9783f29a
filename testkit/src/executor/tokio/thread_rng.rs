//! The random numbers that tokio draws on this thread: where a `select!` begins, and which of its lists a `watch` uses.
//!
//! They cannot be set, but they can be foreseen. tokio's generator is linear over bits except for one sum, and the lowest
//! bit of a sum is linear as well: so 64 of these tell its state, by elimination. From then on numbers are drawn until those
//! that come next are as wanted.

use std::array::from_fn;
use std::ops::Range;
use std::sync::LazyLock;

use tokio::macros::support::thread_rng_n;

/// A copy of tokio's generator. Source: Marsaglia 2003, "Xorshift RNGs", two of 32 bits added.
#[derive(Clone, Copy)]
pub(crate) struct ThreadRng {
    one: u32,
    two: u32,
}

/// How many numbers the code under test may have drawn in one poll, until its copy is taken anew.
const MOST_DRAWN: u32 = 10_000;

/// How far wanted numbers are looked for.
const FARTHEST: u32 = 1_000_000;

impl ThreadRng {
    /// Finds out the state of tokio's generator; none, where it is another one than this version of tokio has.
    pub(crate) fn recover() -> Option<Self> {
        ThreadRng::recover_both().map(|(_, now)| now)
    }

    /// The state before it was found out, and the state now.
    fn recover_both() -> Option<(Self, Self)> {
        // The number is one more than what is told of it.
        let before = ThreadRng::solved((0..64).fold(0, |seen, at| seen | u64::from(draw() & 1 == 0) << at));
        let mut now = before;
        (0..64).for_each(|_| _ = now.next());
        (0..8).all(|_| now.next() == draw()).then_some((before, now))
    }

    /// The state behind which 64 numbers have these lowest bits.
    fn solved(seen: u64) -> Self {
        let told = INVERSE.iter().map(|told_by| (told_by & seen).count_ones() & 1 == 1);
        let state = told.enumerate().fold(0_u64, |state, (bit, is_set)| state | u64::from(is_set) << bit);
        ThreadRng { one: state as u32, two: (state >> 32) as u32 }
    }

    /// What tokio draws by, where it is the state that was foreseen; what it is, where not.
    pub(crate) fn verified(foreseen: Option<Self>) -> Option<Self> {
        foreseen.and_then(|mut rng| (rng.next() == draw()).then_some(rng)).or_else(ThreadRng::recover)
    }

    /// How many numbers have been drawn by others, since it was last asked, or steered. It draws one itself.
    pub(crate) fn count_drawn(&mut self) -> u32 {
        let (before, drawn) = (*self, draw());
        for count in 0..MOST_DRAWN {
            if self.next() == drawn {
                return count;
            }
        }
        *self = ThreadRng::recover().unwrap_or(before);
        MOST_DRAWN
    }

    /// Draws numbers until the next ones, less one, are in these ranges.
    pub(crate) fn steer(&mut self, wanted: &[Range<u32>]) {
        for _ in 0..FARTHEST {
            let mut ahead = *self;
            if wanted.iter().all(|range| range.contains(&ahead.next())) {
                return;
            }
            draw();
            self.next();
        }
    }

    /// The next number, less one.
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

/// What tokio sets its random numbers by each time that a runtime is entered: two numbers of a generator of the runtime's.
pub(crate) struct Seeds(ThreadRng);

impl Seeds {
    /// Finds out the state of the runtime's generator. `enter` enters it, and does there what it is given.
    pub(crate) fn recover(mut enter: impl FnMut(fn() -> Option<(u32, u32)>) -> Option<(u32, u32)>) -> Option<Self> {
        let mut seen = 0;
        for at in (0..64).step_by(2) {
            let (one, two) = enter(|| ThreadRng::recover_both().map(|(before, _)| (before.one, before.two)))?;
            seen |= u64::from(one & 1) << at | u64::from(two & 1) << (at + 1);
        }
        let mut rng = ThreadRng::solved(seen);
        (0..64).for_each(|_| _ = rng.next());
        Some(Seeds(rng))
    }

    /// What tokio draws by, when the runtime is entered next.
    pub(crate) fn next(&mut self) -> ThreadRng {
        ThreadRng { one: self.0.number(), two: self.0.number() }
    }
}

/// Draws a number, and tells it less one: that is what is left of it by scaling it to all but one of its values.
fn draw() -> u32 {
    thread_rng_n(u32::MAX)
}

/// For each bit of the state, which of the lowest bits of 64 numbers add up to it.
static INVERSE: LazyLock<[u64; 64]> = LazyLock::new(|| {
    let mut symbolic = Symbolic::new();
    // What each tells of the state, and which numbers it is added up from.
    let mut rows: [(u64, u64); 64] = from_fn(|at| (symbolic.next(), 1 << at));
    for bit in 0..64 {
        let Some(found) = (bit..64).find(|&row| rows[row].0 >> bit & 1 == 1) else { continue };
        rows.swap(bit, found);
        let (tells, numbers) = rows[bit];
        for row in (0..64).filter(|&row| row != bit) {
            if rows[row].0 >> bit & 1 == 1 {
                rows[row] = (rows[row].0 ^ tells, rows[row].1 ^ numbers);
            }
        }
    }
    rows.map(|(_, numbers)| numbers)
});

/// The generator on unknown bits: each is a sum of bits of the first state.
struct Symbolic {
    one: [u64; 32],
    two: [u64; 32],
}

impl Symbolic {
    fn new() -> Self {
        Symbolic { one: from_fn(|bit| 1 << bit), two: from_fn(|bit| 1 << (32 + bit)) }
    }

    /// The lowest bit of the next number.
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

    /// It fails where tokio has got another generator: then this file is to follow.
    #[test]
    fn the_state_is_found_out() {
        for _ in 0..100 {
            assert!(ThreadRng::recover().is_some());
        }
    }

    #[test]
    fn what_is_drawn_inside_of_a_runtime_is_foreseen() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut seeds = Seeds::recover(|inside| runtime.block_on(async { inside() })).unwrap();
        for _ in 0..100 {
            let mut rng = seeds.next();
            assert_eq!(runtime.block_on(async { draw() }), rng.next());
        }
    }

    #[test]
    fn what_others_draw_is_counted() {
        let mut rng = ThreadRng::recover().unwrap();
        for count in [0, 1, 2, 100, 0, MOST_DRAWN - 1] {
            for _ in 0..count {
                thread_rng_n(3);
            }
            assert_eq!(rng.count_drawn(), count);
        }
        for _ in 0..MOST_DRAWN + 5 {
            thread_rng_n(3);
        }
        assert_eq!(rng.count_drawn(), MOST_DRAWN);
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
