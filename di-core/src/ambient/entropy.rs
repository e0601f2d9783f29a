//! Randomness, which a test can replace.

use std::convert::Infallible;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use rand_core::TryRng;

/// A source of random bytes.
///
/// A component takes an `Arc<dyn Entropy>`, and a container gets it from [`Ambient`](crate::ambient::Ambient): the
/// operating system's in production, or any other in a test.
///
/// ```
/// use std::sync::Arc;
/// use di_core::ambient::Entropy;
/// use di_core::component;
///
/// pub struct Ids { entropy: Arc<dyn Entropy> }
///
/// #[component]
/// impl Ids {
///     pub fn new(entropy: Arc<dyn Entropy>) -> Self {
///         Ids { entropy }
///     }
///
///     pub fn next(&self) -> String {
///         format!("{:016x}", self.entropy.next_u64())
///     }
/// }
/// ```
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// Methods of every source. They need no import.
impl dyn Entropy {
    /// Returns a random number.
    pub fn next_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// Returns a uniformly distributed random number in `range`.
    ///
    /// Source: Lemire 2019, "Fast random integer generation in an interval".
    ///
    /// # Panics
    /// Panics if `range` is empty.
    pub fn in_range(&self, range: Range<u64>) -> u64 {
        assert!(!range.is_empty(), "the range {range:?} is empty");
        let width = range.end - range.start;
        let mut number = range.start;
        // Each draw is rejected with a probability below 1/2. The limit is for fakes that return the same number
        // forever.
        for _ in 0..128 {
            let product = u128::from(self.next_u64()) * u128::from(width);
            let low = product as u64;
            number = range.start + (product >> 64) as u64;
            if low >= width || low >= width.wrapping_neg() % width {
                break;
            }
        }
        number
    }

    /// Returns the source as a `rand_core` generator.
    pub fn rng(self: &Arc<Self>) -> EntropyRng {
        EntropyRng(self.clone())
    }
}

/// An [`Entropy`] as a `rand_core` generator.
#[derive(Clone)]
pub struct EntropyRng(Arc<dyn Entropy>);

impl TryRng for EntropyRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u64() as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl fmt::Debug for EntropyRng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntropyRng")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Counts up from a number.
    struct Counting(Mutex<u64>);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            for chunk in bytes.chunks_mut(8) {
                chunk.copy_from_slice(&next.to_le_bytes()[..chunk.len()]);
                *next = next.wrapping_add(0x1000_0000_0000_0001);
            }
        }
    }

    #[test]
    fn a_number_stays_in_its_range() {
        let entropy: Arc<dyn Entropy> = Arc::new(Counting(Mutex::new(7)));
        let mut seen = [0; 3];
        for _ in 0..300 {
            seen[(entropy.in_range(10..13) - 10) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| count > 80), "{seen:?}");
        assert_eq!(entropy.in_range(5..6), 5);
    }

    #[test]
    fn a_source_that_repeats_itself_still_gives_a_number() {
        struct Zeros;
        impl Entropy for Zeros {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(0);
            }
        }
        let zeros: &dyn Entropy = &Zeros;
        assert_eq!(zeros.in_range(5..8), 5);
    }

    #[test]
    fn a_source_is_a_rand_core_generator() {
        let entropy: Arc<dyn Entropy> = Arc::new(Counting(Mutex::new(7)));
        assert_eq!(entropy.rng().try_next_u64(), Ok(7));
    }
}
