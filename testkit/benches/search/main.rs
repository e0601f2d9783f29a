//! Time until bugs are found, compared with shuttle. Both sides search the same source, the corpus in `tests/corpus`,
//! in the same run.
//!
//! ```text
//! cargo bench -p testkit --bench search
//! ```
//!
//! The benchmark takes a few minutes. `SEEDS` sets the number of searches per median (20 by default). `CORPUS_BUG`
//! limits it to bugs with this text in their names. testkit runs with its default settings, apart from the limit on
//! schedules.
//!
//! Each bug is searched for in a separate process, which confines what shuttle leaks and prints on a failure. The
//! schedulers take turns, one search each per seed. Before each search, the other side runs an untimed one. It fills
//! the caches with data that helps neither side, so no search benefits from a previous search of its own side.
//! `SEARCH_BUG=abba` runs such a process directly and shows its errors.
//!
//! Both sides are timed from the start of their engine to the first failing schedule. testkit runs on a separate
//! thread, which it reuses for later searches of the same thread; shuttle needs none. After the failing schedule,
//! testkit does work that shuttle does not do, and a failing test waits for this work. The `report` column is therefore
//! the time of `auto` until the report is finished. It includes 50 ms in which other threads may wake a task that seems
//! stuck, and the time for shrinking.

#[path = "../../tests/corpus/bugs/mod.rs"]
#[expect(dead_code, reason = "only the shuttle crate checks whether a bug needs time")]
mod bugs;
mod choosing;
mod ours;
mod sample;
#[path = "../../tests/corpus/spawn.rs"]
mod spawn;
mod table;
mod theirs;

use std::env;
use std::process::{Command, Stdio};
use std::time::Duration;

use bugs::{Bug, CORPUS};
use corpus_on_shuttle::Scheduler as ShuttleScheduler;
use sample::Sample;
pub(crate) use spawn::spawn;
use table::Row;
use testkit::Scheduler;

/// Maximum number of schedules per search.
const MAX_SCHEDULES: usize = 10_000;

/// Maximum real time per search.
const TIME: Duration = Duration::from_secs(20);

/// Number of timed schedules per fixed version.
const PASSING: usize = 1_000;

/// Environment variable that names the bug of a child process.
const BUG: &str = "SEARCH_BUG";

/// Prefix of the line with the reason why shuttle cannot run the bug.
const REASON: &str = "reason ";

/// Prefix of a line with the time per passing schedule.
const PASSES: &str = "passes ";

fn main() {
    let seeds = env::var("SEEDS").map_or(20, |seeds| seeds.parse().expect("`SEEDS` is a number"));
    if let Ok(name) = env::var(BUG) {
        let bug = CORPUS.iter().find(|bug| bug.name == name);
        return search(bug.unwrap_or_else(|| panic!("the corpus has no bug `{name}`")), seeds);
    }
    println!("testkit {} compared with shuttle {}\n", env!("CARGO_PKG_VERSION"), theirs::version());
    let only = env::var("CORPUS_BUG").unwrap_or_default();
    let mut rows = Vec::new();
    table::print_head(seeds);
    for bug in CORPUS.iter().filter(|bug| bug.name.contains(&only)) {
        let row = row(bug.name, seeds);
        row.print_schedules();
        rows.push(row);
    }
    table::print_rest(&rows);
    choosing::print();
}

/// Searches for a bug with every scheduler of both sides, and prints each sample on a line.
fn search(bug: &Bug, seeds: u64) {
    let theirs = corpus_on_shuttle::can_run(bug.name);
    if let Err(reason) = &theirs {
        println!("{REASON}{reason}");
    }
    let theirs = if theirs.is_ok() { ShuttleScheduler::ALL.as_slice() } else { &[] };
    let passing = ours::SCHEDULERS.map(|scheduler| ours::passing(bug, scheduler)).into_iter();
    let passing =
        passing.chain(theirs.iter().map(|scheduler| corpus_on_shuttle::passing(bug.name, *scheduler, PASSING)));
    passing.for_each(|time| println!("{PASSES}{}", time.as_nanos()));
    for seed in 0..seeds {
        let search_ours = |scheduler, shrinks| ours::first_failure(bug, scheduler, seed, shrinks);
        let search_theirs = |scheduler| theirs::first_failure(bug.name, scheduler, seed);
        for (column, scheduler) in ours::SCHEDULERS.into_iter().enumerate() {
            if let Some(&other) = theirs.last() {
                search_theirs(other);
            }
            println!("{column} {}", search_ours(scheduler, column == 0));
        }
        for (index, &scheduler) in theirs.iter().enumerate() {
            search_ours(Scheduler::Surw, false);
            println!("{} {}", ours::SCHEDULERS.len() + index, search_theirs(scheduler));
        }
    }
}

/// Searches for a bug in a child process.
fn row(name: &'static str, seeds: u64) -> Row {
    let mut process = Command::new(env::current_exe().expect("the path of the running program is known"));
    process.env(BUG, name).env("SEEDS", seeds.to_string()).stderr(Stdio::null());
    for (variable, _) in env::vars_os() {
        let belongs_to = |side| variable.to_string_lossy().starts_with(side);
        if belongs_to("TESTKIT_") || belongs_to("SHUTTLE_") {
            process.env_remove(variable);
        }
    }
    let output = process.output().expect("a program can start itself");
    let again = || format!("`{BUG}={name} cargo bench -p testkit --bench search` shows why");
    assert!(output.status.success(), "the search for `{name}` failed with {}: {}", output.status, again());
    let mut samples = vec![Vec::new(); ours::SCHEDULERS.len() + ShuttleScheduler::ALL.len()];
    let (mut reason, mut passing) = (None, Vec::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Some(text) = line.strip_prefix(REASON) {
            reason = Some(text.to_owned());
        } else if let Some(time) = line.strip_prefix(PASSES) {
            passing.push(Duration::from_nanos(time.parse().expect("a time is a number")));
        } else if let Some((column, sample)) = line.split_once(' ') {
            let column: usize = column.parse().expect("a line begins with a column's number");
            samples[column].push(sample.parse::<Sample>().expect("the rest of it is a sample"));
        }
    }
    let medians = samples.iter().filter(|samples| !samples.is_empty()).map(|samples| Sample::median(samples)).collect();
    Row { name, medians, passing, reason }
}
