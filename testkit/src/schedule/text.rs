//! Text form of a schedule: `v1:` and the seed in hexadecimal digits, `;tokio` if it needs the hooks of
//! `cargo testkit`, each deviation, such as `;r3.1.0.0=5`, and the input, if there is one.

use std::fmt::{self, Write};
use std::str::FromStr;

use super::{ChoiceKey, Deviation, Input, PollPosition, RAW_TASKS, Schedule};

/// Error returned when parsing an invalid [`Schedule`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid schedule: {problem}. Copy the whole text that a report prints after `TESTKIT_REPLAY=`, from `v1:` on")]
pub struct ScheduleError {
    problem: String,
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1:{:x}", self.seed)?;
        if self.needs_hooks {
            write!(f, ";{HOOKS}")?;
        }
        for (key, value) in &self.deviations {
            let (letter, numbers) = match *key {
                ChoiceKey::Run { first, at, passed_over } => ('r', vec![first, at.poll, at.operation, passed_over]),
                ChoiceKey::Hold { task, at } => ('h', vec![task, at.poll, at.operation]),
                ChoiceKey::Preempt { task, at } => ('p', vec![task, at.poll, at.operation]),
                ChoiceKey::Choose { task, index } => ('c', vec![task, index]),
                ChoiceKey::Decide { fake, position, index } => ('f', vec![fake, position, index]),
                ChoiceKey::ShortTransfer { fake, end } => ('b', vec![fake, end]),
                ChoiceKey::Cancel { task, index } => ('x', vec![task, index]),
                ChoiceKey::Select { task, at } => ('s', vec![task, at.poll, at.operation]),
                ChoiceKey::SelectLimit { task } => ('d', vec![task]),
            };
            f.write_char(';')?;
            f.write_char(letter)?;
            let numbers: Vec<_> = numbers.into_iter().map(format_number).collect();
            write!(f, "{}={}", numbers.join("."), format_number(*value))?;
        }
        match &self.input {
            Some(input) => write!(f, ";{INPUT}{input}"),
            None => Ok(()),
        }
    }
}

/// The part that marks a schedule as needing the hooks of `cargo testkit`.
const HOOKS: &str = "tokio";

/// Prefix of the input.
const INPUT: &str = "input=";

/// Formats a number. The raw tasks are written as a letter.
fn format_number(number: u32) -> String {
    if number == RAW_TASKS { "l".to_owned() } else { number.to_string() }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let error = |problem: String| ScheduleError { problem };
        let text = text.trim();
        let Some(body) = text.strip_prefix("v1:") else {
            return Err(error(format!("`{text}` does not begin with `v1:`")));
        };
        let mut parts = body.split(';');
        let seed = parts.next().unwrap_or_default();
        let seed = u64::from_str_radix(seed, 16).map_err(|_| error(format!("`{seed}` is not a seed")))?;
        let mut schedule = Schedule { seed, ..Schedule::default() };
        for part in parts {
            if let Some(input) = part.strip_prefix(INPUT) {
                let input = Input::parse(input).ok_or_else(|| error(format!("`{part}` is not an input")))?;
                schedule.input = Some(input);
                continue;
            }
            if is_spurious_poll(part) {
                continue;
            }
            if part == HOOKS {
                schedule.needs_hooks = true;
                continue;
            }
            let Deviation { key, value } =
                parse_deviation(part).ok_or_else(|| error(format!("`{part}` is not a choice")))?;
            schedule.deviations.insert(key, value);
        }
        Ok(schedule)
    }
}

/// Returns whether this part is a spurious poll (a poll without a wake), such as `i3.1=1`. Earlier versions of testkit
/// made such polls in the runs that count, and recorded them.
fn is_spurious_poll(part: &str) -> bool {
    let numbers = part.strip_prefix('i').and_then(|rest| rest.strip_suffix("=1"));
    numbers.is_some_and(|numbers| numbers.split('.').map(str::parse::<u32>).filter(Result::is_ok).count() == 2)
}

fn parse_deviation(text: &str) -> Option<Deviation> {
    let (key, value) = text.split_once('=')?;
    let letter = key.get(..1)?;
    let numbers: Vec<u32> = key[1..].split('.').map(parse_number).collect::<Option<_>>()?;
    let key = match (letter, &numbers[..]) {
        ("r", &[first, poll, operation, passed_over]) => {
            ChoiceKey::Run { first, at: PollPosition { poll, operation }, passed_over }
        }
        ("h", &[task, poll, operation]) => ChoiceKey::Hold { task, at: PollPosition { poll, operation } },
        ("p", &[task, poll, operation]) => ChoiceKey::Preempt { task, at: PollPosition { poll, operation } },
        ("c", &[task, index]) => ChoiceKey::Choose { task, index },
        ("f", &[fake, position, index]) => ChoiceKey::Decide { fake, position, index },
        ("b", &[fake, end]) => ChoiceKey::ShortTransfer { fake, end },
        ("x", &[task, index]) => ChoiceKey::Cancel { task, index },
        ("s", &[task, poll, operation]) => ChoiceKey::Select { task, at: PollPosition { poll, operation } },
        ("d", &[task]) => ChoiceKey::SelectLimit { task },
        _ => return None,
    };
    Some(key.deviation(parse_number(value)?))
}

fn parse_number(text: &str) -> Option<u32> {
    if text == "l" { Some(RAW_TASKS) } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_key() -> impl Strategy<Value = ChoiceKey> {
        let task = || prop_oneof![0_u32..100, Just(RAW_TASKS)];
        let at = || (any::<u32>(), any::<u32>()).prop_map(|(poll, operation)| PollPosition { poll, operation });
        prop_oneof![
            (task(), at(), any::<u32>()).prop_map(|(first, at, passed_over)| ChoiceKey::Run { first, at, passed_over }),
            (task(), at()).prop_map(|(task, at)| ChoiceKey::Hold { task, at }),
            (task(), at()).prop_map(|(task, at)| ChoiceKey::Preempt { task, at }),
            (task(), any::<u32>()).prop_map(|(task, index)| ChoiceKey::Choose { task, index }),
            (any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(fake, position, index)| ChoiceKey::Decide {
                fake,
                position,
                index
            }),
            (any::<u32>(), any::<u32>()).prop_map(|(fake, end)| ChoiceKey::ShortTransfer { fake, end }),
            (task(), any::<u32>()).prop_map(|(task, index)| ChoiceKey::Cancel { task, index }),
            (task(), at()).prop_map(|(task, at)| ChoiceKey::Select { task, at }),
            task().prop_map(|task| ChoiceKey::SelectLimit { task }),
        ]
    }

    proptest! {
        #[test]
        fn a_schedule_round_trips_through_text(
            seed in any::<u64>(),
            deviations in prop::collection::btree_map(any_key(), any::<u32>(), 0..20),
            needs_hooks in any::<bool>(),
        ) {
            let schedule = Schedule { seed, deviations, needs_hooks, ..Schedule::default() };
            prop_assert_eq!(schedule.to_string().parse::<Schedule>(), Ok(schedule));
        }

        #[test]
        fn parsing_never_panics(text in ".{0,40}") {
            _ = text.parse::<Schedule>();
            _ = format!("v1:{text}").parse::<Schedule>();
        }
    }

    #[test]
    fn the_input_follows_the_choices() {
        let text = "v1:7;p1.0.2=1;input=0a.1";
        let schedule: Schedule = text.parse().unwrap();
        assert!(schedule.input.is_some());
        assert_eq!(schedule.to_string(), text);
    }

    #[test]
    fn spurious_polls_of_earlier_versions_are_ignored() {
        let schedule: Schedule = "v1:7;p1.0.2=1;i3.1=1".parse().unwrap();
        assert_eq!(schedule.to_string(), "v1:7;p1.0.2=1");
        assert!("v1:7;i3.x=1".parse::<Schedule>().is_err());
    }

    #[test]
    fn errors_name_the_invalid_part() {
        let text = "v1:7;r1.2=3".parse::<Schedule>().unwrap_err().to_string();
        assert!(text.starts_with("invalid schedule: `r1.2=3` is not a choice"), "{text}");
        let text = "v1:7;input=x".parse::<Schedule>().unwrap_err().to_string();
        assert!(text.starts_with("invalid schedule: `input=x` is not an input"), "{text}");
        assert!("v2:7".parse::<Schedule>().unwrap_err().to_string().contains("does not begin with `v1:`"));
    }
}
