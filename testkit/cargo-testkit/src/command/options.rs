//! The options of the subcommand itself.

use std::ffi::OsString;

use clap::Parser;

/// The command line of `cargo testkit`.
#[derive(Parser)]
#[command(
    name = "cargo testkit",
    bin_name = "cargo testkit",
    version,
    about = "Runs a cargo subcommand with a tokio whose tasks testkit explores in your tests: tokio::spawn,\n\
             JoinSet, spawn_blocking, select!, in your crates and in their dependencies, without a change\n\
             to them. Compiles into target/testkit, beside your ordinary builds.",
    long_about = None,
    after_help = "Examples:\n  cargo testkit test\n  cargo testkit --schedules 10000 test -p app no_deposit_is_lost\n  \
                  cargo testkit --time 10m --shard 1/8 nextest run\n  cargo testkit --replay 'v1:..' test \
                  no_deposit_is_lost"
)]
pub(super) struct Options {
    /// Number of schedules for each test
    #[arg(long, value_name = "N")]
    schedules: Option<u64>,
    /// Time for each test, for example 90s, 10m or 2h
    #[arg(long, value_name = "TIME", value_parser = time)]
    time: Option<String>,
    /// Seed of the search
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Part of the schedules to run on this machine, for example 1/8
    #[arg(long, value_name = "K/N", value_parser = shard)]
    shard: Option<String>,
    /// Runs only this schedule, from the report of a failure
    #[arg(long, value_name = "TEXT", value_parser = schedule)]
    replay: Option<String>,
    /// test, nextest, run, build, bench, check or clippy, and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "SUBCOMMAND")]
    pub(super) command: Vec<OsString>,
}

/// Checks the form of a time before anything is compiled. Tests parse it.
fn time(text: &str) -> Result<String, String> {
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit());
    match unit {
        "ms" | "s" | "m" | "h" if unit.len() < text.len() => Ok(text.to_owned()),
        _ => Err("write a time as 500ms, 30s, 5m or 2h".to_owned()),
    }
}

/// Checks the beginning of a schedule before anything is compiled. Tests parse it.
fn schedule(text: &str) -> Result<String, String> {
    if text.starts_with("v1:") {
        Ok(text.to_owned())
    } else {
        Err("copy the text after `TESTKIT_REPLAY=` from the report, from `v1:` on".to_owned())
    }
}

fn shard(text: &str) -> Result<String, String> {
    let parts = text.split_once('/').and_then(|(part, of)| Some((part.parse::<u64>().ok()?, of.parse::<u64>().ok()?)));
    match parts {
        Some((part, of)) if (1..=of).contains(&part) => Ok(text.to_owned()),
        _ => Err("write the part and the number of parts, for example 1/8".to_owned()),
    }
}

impl Options {
    /// Parses the arguments. Prints a message and exits if they are wrong, or if they ask for help.
    pub(super) fn parse(arguments: Vec<OsString>) -> Self {
        // cargo passes the name of the subcommand as the first argument.
        let is_name = |argument: &OsString| argument == "testkit";
        let rest = arguments.iter().skip(usize::from(arguments.first().is_some_and(is_name)));
        <Self as Parser>::parse_from(std::iter::once(&OsString::from("cargo testkit")).chain(rest))
    }

    /// Returns the variables that tests read.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let variables = [
            ("TESTKIT_SCHEDULES", number(self.schedules)),
            ("TESTKIT_TIME", self.time.clone()),
            ("TESTKIT_SEED", number(self.seed)),
            ("TESTKIT_SHARD", self.shard.clone()),
            ("TESTKIT_REPLAY", self.replay.clone()),
        ];
        variables.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
