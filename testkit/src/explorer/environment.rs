//! The environment variables of an explorer.

use std::env;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use super::settings::{Explorer, Shard};
use crate::schedule::Schedule;

impl Explorer {
    /// Replaces settings with those of the environment.
    ///
    /// # Panics
    /// Panics if a variable has an invalid value. If the variable were ignored, the test would pass without the
    /// requested setting.
    pub(crate) fn with_environment(mut self) -> Self {
        if let Some(seed) = parsed("TESTKIT_SEED") {
            self.seed = seed;
        }
        if let Some(schedules) = parsed("TESTKIT_SCHEDULES") {
            self = self.schedules(schedules);
        }
        if let Some(time) = read("TESTKIT_TIME", duration).filter(|_| self.sub_search.is_none()) {
            self = self.time(time).schedules(parsed("TESTKIT_SCHEDULES").unwrap_or(usize::MAX));
            self.is_soak = true;
        }
        if let Some(replay) = parsed::<Schedule>("TESTKIT_REPLAY") {
            self.replay = Some(replay);
        }
        if let Some(shard) = read("TESTKIT_SHARD", shard) {
            self.shard = shard;
        }
        self.seed = self.seed.wrapping_add(self.sub_search.unwrap_or(0));
        self
    }
}

fn parsed<T: FromStr<Err: Display>>(name: &str) -> Option<T> {
    read(name, |text| text.parse().map_err(|error: T::Err| error.to_string()))
}

fn read<T>(name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
    let text = env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(
        parse(&text)
            .unwrap_or_else(|problem| panic!("invalid value `{text}` for the environment variable {name}: {problem}")),
    )
}

/// Parses a time such as `500ms`, `30s`, `5m` or `2h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let problem = || "write a time as `500ms`, `30s`, `5m` or `2h`".to_owned();
    let digits = text.find(|character: char| !character.is_ascii_digit()).ok_or_else(problem)?;
    let number: u64 = text[..digits].parse().map_err(|_| problem())?;
    let factor = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(problem()),
    };
    number.checked_mul(factor).map(Duration::from_millis).ok_or_else(problem)
}

/// Parses a shard: `1/8` is the first of eight parts.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
    match parts {
        Some((number, count)) if (1..=count).contains(&number) => Ok(Shard { index: number - 1, count }),
        _ => Err("write a shard as `1/8`, for the first of eight parts".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shards_are_parsed() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert!(duration("5").is_err() && duration("s").is_err() && duration("99999999999999999h").is_err());
        assert_eq!(shard("1/8"), Ok(Shard { index: 0, count: 8 }));
        assert!(shard("0/8").is_err() && shard("9/8").is_err() && shard("x").is_err());
    }
}
