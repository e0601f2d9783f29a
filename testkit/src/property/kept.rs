//! Failing inputs that are kept in proptest's regression file next to the source, as seeds.

use std::fmt;

use proptest::test_runner::{Config, PersistedSeed};

use crate::schedule::Input;

/// Prefix of a seed of proptest's default generator. The prefixes of its older generators are ignored.
const CHACHA_PREFIX: &str = "cc ";

/// Loads the kept inputs, newest first.
pub(super) fn load(config: &Config) -> Vec<Input> {
    let Some(persistence) = config.failure_persistence.as_ref().filter(|_| config.source_file.is_some()) else {
        return Vec::new();
    };
    let seeds = persistence.load_persisted_failures2(config.source_file);
    seeds
        .iter()
        .rev()
        .filter_map(|seed| Some(Input::new(bytes(seed.to_string().strip_prefix(CHACHA_PREFIX)?)?)))
        .collect()
}

/// Saves an input with a comment that describes it.
pub(super) fn save(config: &Config, input: &Input, comment: &str) {
    let Some(mut persistence) = config.failure_persistence.clone().filter(|_| config.source_file.is_some()) else {
        return;
    };
    let digits: String = input.seed.iter().map(|byte| format!("{byte:02x}")).collect();
    let seed: PersistedSeed = format!("{CHACHA_PREFIX}{digits}").parse().expect("the seed has proptest's format");
    persistence.save_persisted_failure2(config.source_file, seed, &Verbatim(comment));
}

fn bytes(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// A text with a `Debug` output without quotes.
struct Verbatim<'a>(&'a str);

impl fmt::Debug for Verbatim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
