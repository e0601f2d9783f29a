use std::fmt::{self, Write};

/// Which input proptest made for a test. It is told by how it was made, as an input itself cannot be written and read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    /// What it is generated from.
    pub(crate) seed: [u8; 32],
    /// What was done to it since, in this order.
    pub(crate) moves: Vec<Move>,
}

/// A call of proptest's `ValueTree`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// Makes the input simpler.
    Simplify,
    /// Takes a part of that back.
    Complicate,
}

impl Input {
    /// An input as it is generated.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Input { seed, moves: Vec::new() }
    }

    /// Reads the text of one back; none, if it is no such text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (digits, moves) = text.split_once('.')?;
        let digits: Vec<u8> = digits.chars().map(digit).collect::<Option<_>>()?;
        let mut seed = [0; 32];
        if !digits.len().is_multiple_of(2) || digits.len() > 2 * seed.len() {
            return None;
        }
        for (byte, digits) in seed.iter_mut().zip(digits.chunks(2)) {
            *byte = digits[0] << 4 | digits[1];
        }
        Some(Input { seed, moves: read_moves(moves)? })
    }
}

/// The seed in hexadecimal digits, without the zeros at its end, and the moves, four in a digit.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.seed.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        for byte in &self.seed[..length] {
            write!(f, "{byte:02x}")?;
        }
        f.write_char('.')?;
        // A set bit behind the last move tells where they end.
        let bits: Vec<bool> = self.moves.iter().map(|step| *step == Move::Complicate).chain([true]).collect();
        for bits in bits.chunks(4) {
            let digit = bits.iter().enumerate().map(|(at, &bit)| u8::from(bit) << at).sum::<u8>();
            write!(f, "{digit:x}")?;
        }
        Ok(())
    }
}

fn read_moves(text: &str) -> Option<Vec<Move>> {
    let digits: Vec<u8> = text.chars().map(digit).collect::<Option<_>>()?;
    let mut bits: Vec<bool> = digits.iter().flat_map(|digit| (0..4).map(move |at| digit >> at & 1 == 1)).collect();
    bits.truncate(bits.iter().rposition(|&bit| bit)?);
    Some(bits.into_iter().map(|bit| if bit { Move::Complicate } else { Move::Simplify }).collect())
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
        let moves = prop::collection::vec(prop_oneof![Just(Move::Simplify), Just(Move::Complicate)], 0..20);
        (seed, moves).prop_map(|(seed, moves)| Input { seed, moves })
    }

    proptest! {
        #[test]
        fn an_input_is_read_back(input in any_input()) {
            prop_assert_eq!(Input::parse(&input.to_string()), Some(input));
        }

        #[test]
        fn no_text_is_a_panic(text in "[0-9a-f.ß]{0,80}") {
            _ = Input::parse(&text);
        }
    }

    #[test]
    fn a_short_seed_is_a_short_text() {
        let mut seed = [0; 32];
        seed[1] = 0xa0;
        let moves = vec![Move::Simplify, Move::Complicate, Move::Simplify, Move::Simplify];
        assert_eq!(Input { seed, moves }.to_string(), "00a0.21");
        assert_eq!(Input::parse("00a0."), None, "the end of the moves is missing");
        assert_eq!(Input::parse("0.1"), None, "half a byte");
    }
}
