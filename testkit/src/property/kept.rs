//! Failing inputs, where proptest keeps them: their seeds, in a file beside the source.

use std::fmt;

use proptest::test_runner::{Config, PersistedSeed};

use crate::schedule::Input;

/// What the seeds of proptest's default generator begin with. It has others, which are not made any more.
const CHACHA: &str = "cc ";

/// The inputs that are kept, the newest first.
pub(super) fn load(config: &Config) -> Vec<Input> {
    let Some(persistence) = config.failure_persistence.as_ref().filter(|_| config.source_file.is_some()) else {
        return Vec::new();
    };
    let seeds = persistence.load_persisted_failures2(config.source_file);
    seeds.iter().rev().filter_map(|seed| Some(Input::new(bytes(seed.to_string().strip_prefix(CHACHA)?)?))).collect()
}

/// Keeps an input, with a text for people.
pub(super) fn save(config: &Config, input: &Input, line: &str) {
    let Some(mut persistence) = config.failure_persistence.clone().filter(|_| config.source_file.is_some()) else {
        return;
    };
    let digits: String = input.seed.iter().map(|byte| format!("{byte:02x}")).collect();
    let seed: PersistedSeed = format!("{CHACHA}{digits}").parse().expect("proptest reads what it writes");
    persistence.save_persisted_failure2(config.source_file, seed, &Verbatim(line));
}

fn bytes(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// A text whose `Debug` is the text itself.
struct Verbatim<'a>(&'a str);

impl fmt::Debug for Verbatim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
