//! How soon bugs are found, beside shuttle: the corpus of `tests/corpus`, the same source on both sides, in one run.
//!
//! ```text
//! cargo bench -p testkit --bench search
//! ```
//!
//! It takes a few minutes. `SEEDS` is how many searches a median is of (20), and `CORPUS_BUG` limits it to the bugs
//! whose name contains it. testkit runs as it does by default, but for how many schedules it may run.
//!
//! Each bug has a process of its own: what shuttle leaks with a failure is gone with it, and so is what it prints. Its
//! searches take turns, one of each strategy for a seed. Before each, the other side searches, which is not timed: the caches
//! are full of what is of no use to either, and neither profits from being after itself. `SEARCH_BUG=abba` is such a process,
//! with its errors to be seen.
//!
//! Both sides are timed from the start of their engine to the first schedule that fails. testkit has a thread for it, which
//! it keeps from one search to the next of the same thread; shuttle needs none. testkit then does what shuttle does not, and
//! a test that fails waits for it, so that `auto` has it in a column of its own: `report` is when other threads have had
//! 50 ms to wake what seems to be stuck, and when the failure is made as small as it goes, and told.

#[path = "../../tests/corpus/bugs/mod.rs"]
#[expect(dead_code, reason = "who runs them under shuttle asks whether they need time")]
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
use corpus_on_shuttle::Scheduler;
use sample::Sample;
pub(crate) use spawn::spawn;
use table::Row;
use testkit::Strategy;

/// How many schedules a search may run.
const MOST: usize = 10_000;

/// How long a search may take, of real time.
const TIME: Duration = Duration::from_secs(20);

/// How many schedules of a fixed twin are timed.
const PASSING: usize = 1_000;

/// What says which bug a process is for.
const BUG: &str = "SEARCH_BUG";

/// How a process says that shuttle cannot run it.
const REASON: &str = "reason ";

/// How it says how long a schedule that passes takes.
const PASSES: &str = "passes ";

fn main() {
    let seeds = env::var("SEEDS").map_or(20, |seeds| seeds.parse().expect("`SEEDS` is a number"));
    if let Ok(name) = env::var(BUG) {
        let bug = CORPUS.iter().find(|bug| bug.name == name);
        return search(bug.unwrap_or_else(|| panic!("the corpus has no bug `{name}`")), seeds);
    }
    println!("testkit {} beside shuttle {}\n", env!("CARGO_PKG_VERSION"), theirs::version());
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

/// Searches for a bug with all there is, and prints each sample on a line.
fn search(bug: &Bug, seeds: u64) {
    let theirs = corpus_on_shuttle::can_run(bug.name);
    if let Err(reason) = &theirs {
        println!("{REASON}{reason}");
    }
    let theirs = if theirs.is_ok() { Scheduler::ALL.as_slice() } else { &[] };
    let passing = ours::STRATEGIES.map(|strategy| ours::passing(bug, strategy)).into_iter();
    let passing =
        passing.chain(theirs.iter().map(|scheduler| corpus_on_shuttle::passing(bug.name, *scheduler, PASSING)));
    passing.for_each(|time| println!("{PASSES}{}", time.as_nanos()));
    for seed in 0..seeds {
        let our_turn = |strategy, shrinks| ours::first_failure(bug, strategy, seed, shrinks);
        let their_turn = |scheduler| theirs::first_failure(bug.name, scheduler, seed);
        for (column, strategy) in ours::STRATEGIES.into_iter().enumerate() {
            if let Some(&scheduler) = theirs.last() {
                their_turn(scheduler);
            }
            println!("{column} {}", our_turn(strategy, column == 0));
        }
        for (place, &scheduler) in theirs.iter().enumerate() {
            our_turn(Strategy::Surw, false);
            println!("{} {}", ours::STRATEGIES.len() + place, their_turn(scheduler));
        }
    }
}

/// Has a process search for a bug.
fn row(name: &'static str, seeds: u64) -> Row {
    let mut process = Command::new(env::current_exe().expect("the system tells what it runs"));
    process.env(BUG, name).env("SEEDS", seeds.to_string()).stderr(Stdio::null());
    for (variable, _) in env::vars_os() {
        let is_of = |side| variable.to_string_lossy().starts_with(side);
        if is_of("TESTKIT_") || is_of("SHUTTLE_") {
            process.env_remove(variable);
        }
    }
    let output = process.output().expect("a program can start itself");
    let again = || format!("`{BUG}={name} cargo bench -p testkit --bench search` shows why");
    assert!(output.status.success(), "the search for `{name}` ends with {}: {}", output.status, again());
    let mut samples = vec![Vec::new(); ours::STRATEGIES.len() + Scheduler::ALL.len()];
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
