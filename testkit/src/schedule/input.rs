//! Inputs of property tests, stored as seed and shrinking steps.

use std::fmt::{self, Write};

/// An input that proptest generated for a test. Only the steps to generate it again are stored, because the value
/// itself cannot be written and read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    /// Seed of proptest's generator.
    pub(crate) seed: [u8; 32],
    /// Shrinking steps applied to the generated input, in order.
    pub(crate) shrink_steps: Vec<ShrinkStep>,
}

/// A step of proptest's shrinking: a call to its `ValueTree`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShrinkStep {
    /// Makes the input simpler.
    Simplify,
    /// Partly undoes the last simplification.
    Complicate,
}

impl Input {
    /// Returns the input that `seed` generates, with no shrinking applied.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Input { seed, shrink_steps: Vec::new() }
    }

    /// Parses the text form of an input. Returns `None` if the text is invalid.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (digits, shrink_steps) = text.split_once('.')?;
        let digits: Vec<u8> = digits.chars().map(digit).collect::<Option<_>>()?;
        let mut seed = [0; 32];
        if !digits.len().is_multiple_of(2) || digits.len() > 2 * seed.len() {
            return None;
        }
        for (byte, digits) in seed.iter_mut().zip(digits.chunks(2)) {
            *byte = digits[0] << 4 | digits[1];
        }
        Some(Input { seed, shrink_steps: parse_shrink_steps(shrink_steps)? })
    }
}

/// Writes the seed in hexadecimal digits without trailing zero bytes, then the shrinking steps, four per hexadecimal
/// digit.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.seed.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        for byte in &self.seed[..length] {
            write!(f, "{byte:02x}")?;
        }
        f.write_char('.')?;
        // A set bit after the last step marks the end.
        let bits: Vec<bool> =
            self.shrink_steps.iter().map(|step| *step == ShrinkStep::Complicate).chain([true]).collect();
        for bits in bits.chunks(4) {
            let digit = bits.iter().enumerate().map(|(at, &bit)| u8::from(bit) << at).sum::<u8>();
            write!(f, "{digit:x}")?;
        }
        Ok(())
    }
}

fn parse_shrink_steps(text: &str) -> Option<Vec<ShrinkStep>> {
    let digits: Vec<u8> = text.chars().map(digit).collect::<Option<_>>()?;
    let mut bits: Vec<bool> = digits.iter().flat_map(|digit| (0..4).map(move |at| digit >> at & 1 == 1)).collect();
    bits.truncate(bits.iter().rposition(|&bit| bit)?);
    Some(bits.into_iter().map(|bit| if bit { ShrinkStep::Complicate } else { ShrinkStep::Simplify }).collect())
}

fn digit(character: char) -> Option<u8> {
    character.to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn any_input() -> impl Strategy<Value = Input> {
        let seed = prop_oneof![
            any::<[u8; 32]>(),
            any::<[u8; 8]>().prop_map(|bytes| {
                let mut seed = [0; 32];
                seed[..8].copy_from_slice(&bytes);
                seed
            })
        ];
        let shrink_steps =
            prop::collection::vec(prop_oneof![Just(ShrinkStep::Simplify), Just(ShrinkStep::Complicate)], 0..20);
        (seed, shrink_steps).prop_map(|(seed, shrink_steps)| Input { seed, shrink_steps })
    }

    proptest! {
        #[test]
        fn an_input_round_trips_through_text(input in any_input()) {
            prop_assert_eq!(Input::parse(&input.to_string()), Some(input));
        }

        #[test]
        fn parsing_never_panics(text in "[0-9a-f.ß]{0,80}") {
            _ = Input::parse(&text);
        }
    }

    #[test]
    fn trailing_zero_bytes_of_the_seed_are_not_written() {
        let mut seed = [0; 32];
        seed[1] = 0xa0;
        let shrink_steps =
            vec![ShrinkStep::Simplify, ShrinkStep::Complicate, ShrinkStep::Simplify, ShrinkStep::Simplify];
        assert_eq!(Input { seed, shrink_steps }.to_string(), "00a0.21");
        assert_eq!(Input::parse("00a0."), None, "the end marker of the shrinking steps is missing");
        assert_eq!(Input::parse("0.1"), None, "half a byte");
    }
}
