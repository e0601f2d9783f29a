//! Searches for the bugs with shuttle.

use std::path::Path;

use corpus_on_shuttle::{Scheduler, Search};

use crate::sample::Sample;
use crate::{MAX_SCHEDULES, TIME};

/// Runs schedules of the bug until one fails. Shuttle reports the failure with its panic, so both times are the same.
pub(crate) fn first_failure(bug: &str, scheduler: Scheduler, seed: u64) -> Sample {
    let Search { is_found, schedules, time } =
        corpus_on_shuttle::first_failure(bug, scheduler, seed, MAX_SCHEDULES, TIME);
    Sample { is_found, schedules, time, report: time }
}

/// Returns the version of shuttle from the workspace's lock file.
pub(crate) fn version() -> String {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap_or_default();
    let version = |line: &str| Some(line.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned());
    let after = lock.lines().skip_while(|line| *line != "name = \"shuttle\"").nth(1);
    after.and_then(version).unwrap_or_else(|| "(unknown version)".to_owned())
}
