//! Measures how well the search finds bugs, with a corpus of realistic bugs and a fixed twin of each.
//!
//! The bugs are in ordinary service code. Nothing in it helps the search, which sees only tokio's operations.
//!
//! The longest measurements are ignored by default. They are the number of schedules until each bug is found, over 20
//! seeds (minimum, median, maximum) under a scheduler; 5,000 schedules of each fixed twin; and the number of choices
//! that remain after shrinking:
//!
//! ```text
//! CORPUS_SCHEDULER=random cargo test --release -p testkit --test corpus -- --ignored --nocapture table
//! cargo test --release -p testkit --test corpus -- --ignored no_fixed_twin
//! cargo test --release -p testkit --test corpus -- --ignored --nocapture shrinking_leaves
//! ```
//!
//! Under `cargo testkit`, the tasks are spawned with `tokio::spawn`, unless `CORPUS_SPAWN` is `testkit`:
//!
//! ```text
//! cargo testkit test --release -p testkit --test corpus -- --ignored --nocapture table
//! CORPUS_SPAWN=testkit cargo testkit test --release -p testkit --test corpus -- --ignored --nocapture table
//! ```
//!
//! `CORPUS_BUG` limits the table to bugs with names that contain its value.

mod bugs;
mod spawn;

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use bugs::{Bug, CORPUS};
pub(crate) use spawn::spawn;
use testkit::{Explorer, Failure, FailureKind, Scheduler};

/// Number of schedules within which each bug must be found.
const MAX_SCHEDULES: usize = 10_000;

/// Time limit of a search, in real time.
const TIME: Duration = Duration::from_secs(30);

/// Failure kinds of the bugs that do not panic.
const KINDS: &[(&[FailureKind], &[&str])] = &[
    (
        &[FailureKind::Deadlock],
        &["abba", "barrier_reuse", "early_notify", "futurelock", "futures_unordered", "late_session", "reentrant_read"],
    ),
    // The kind depends on whether anything still holds a stale waker.
    (&[FailureKind::MissedWaker, FailureKind::LostWakeup], &["dropped_waiter", "first_poll_waker", "stale_waker"]),
    (&[FailureKind::LostWakeup], &["join_hides_wake"]),
    (&[FailureKind::TaskLeak], &["leaked_task"]),
];

/// Searches for a failure of a bug.
fn found(bug: &Bug, explorer: Explorer) -> Option<Failure> {
    let wrong = bug.wrong;
    explorer.schedules(MAX_SCHEDULES).time(TIME).run(move |_| wrong()).failure().cloned()
}

/// Asserts that a fixed twin passes under this many schedules.
#[track_caller]
fn assert_passes(bug: &Bug, schedules: usize) {
    let fixed = bug.fixed;
    let outcome = Explorer::new().schedules(schedules).run(move |_| fixed());
    if let Some(failure) = outcome.failure() {
        panic!("the fixed `{}` fails: {failure}", bug.name);
    }
    assert_eq!(outcome.schedules_run(), schedules, "`{}` must run all schedules", bug.name);
}

#[test]
fn every_bug_is_found() {
    let mut missed = Vec::new();
    for bug in CORPUS {
        for seed in 0..3 {
            // Only one bug is shrunk and reported as for a user, because shrinking takes long.
            let is_reported = seed == 0;
            let Some(failure) = found(bug, Explorer::new().seed(seed).shrink(is_reported)) else {
                missed.push((bug.name, seed));
                continue;
            };
            let (after, choices) = (failure.found_after(), failure.choices().len());
            println!("{:<22} {after:>5} schedules  {:<12}  {choices} choices", bug.name, failure.kind().to_string());
            if is_reported {
                println!("{failure}");
            }
        }
    }
    assert!(missed.is_empty(), "not found within {MAX_SCHEDULES} schedules, with their seeds: {missed:?}");
}

#[test]
fn each_bug_fails_with_its_kind() {
    for bug in CORPUS {
        let kinds = KINDS.iter().find(|(_, names)| names.contains(&bug.name)).map(|(kinds, _)| *kinds);
        let failure = found(bug, Explorer::new().seed(7).shrink(false)).expect(bug.name);
        let kinds = kinds.unwrap_or(&[FailureKind::Panic]);
        assert!(kinds.contains(&failure.kind()), "`{}` must fail as {kinds:?}: {failure}", bug.name);
    }
}

#[test]
fn no_fixed_twin_fails() {
    for bug in CORPUS {
        assert_passes(bug, 1_000);
    }
}

#[test]
#[ignore = "takes about a minute in a debug build; the module's documentation has the command"]
fn no_fixed_twin_fails_in_many_schedules() {
    for bug in CORPUS {
        assert_passes(bug, 5_000);
    }
}

#[test]
fn fifo_finds_no_bug() {
    // With the hooks, each `select!` starts at its first branch under FIFO, which is this bug's worst case.
    let is_rare = |bug: &&Bug| !(testkit::has_tokio_hooks() && bug.name == "futures_unordered");
    let is_found = |bug: &&Bug| found(bug, Explorer::new().scheduler(Scheduler::Fifo)).is_some();
    let all: Vec<_> = CORPUS.iter().filter(is_rare).filter(is_found).map(|bug| bug.name).collect();
    assert!(all.is_empty(), "a test on an ordinary runtime would find these as well: {all:?}");
}

/// Returns the bugs that a search with this seed does not find.
fn missed_with_the_defaults(seed: u64) -> Vec<(&'static str, u64)> {
    let is_missed = |bug: &&Bug| {
        let wrong = bug.wrong;
        let explorer = Explorer::new().seed(seed).schedules(200).shrink(false).check_determinism(false);
        explorer.run(move |_| wrong()).failure().is_none()
    };
    CORPUS.iter().filter(is_missed).map(|bug| (bug.name, seed)).collect()
}

/// Uses the default number of schedules, like `cargo test`.
#[test]
fn every_bug_is_found_by_default_with_twenty_seeds() {
    // The searches mostly wait, in case other threads wake the stuck tasks.
    let missed = thread::scope(|scope| {
        let search = |first| move || (first..first + 4).flat_map(missed_with_the_defaults).collect::<Vec<_>>();
        let searching: Vec<_> = (0..20).step_by(4).map(|first| scope.spawn(search(first))).collect();
        searching.into_iter().flat_map(|searching| searching.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(missed.is_empty(), "not found within 200 schedules: {missed:?}");
}

/// Compares the number of choices after shrinking with the minimum over all failing schedules, if that is found in
/// time.
#[test]
#[ignore = "a measurement; the module's documentation has the command"]
fn shrinking_leaves_hardly_more_choices_than_the_minimum() {
    println!("{:<22} {:>5} {:>6} {:>9}", "", "left", "least", "search");
    for bug in CORPUS {
        let begun = Instant::now();
        let left = found(bug, Explorer::new()).unwrap_or_else(|| panic!("`{}` is found", bug.name)).choices().len();
        let time = begun.elapsed();
        let wrong = bug.wrong;
        let outcome = Explorer::new().exhaustive(left).time(TIME).shrink(false).run(move |_| wrong());
        let least = outcome.failure().map(|failure| failure.choices().len());
        let shown = least.map_or_else(|| "?".to_owned(), |least| least.to_string());
        println!("{:<22} {left:>5} {shown:>6} {:>6} ms", bug.name, time.as_millis());
        assert!(least.is_none_or(|least| left <= least + 1), "`{}` takes {shown} choices", bug.name);
    }
}

#[test]
#[ignore = "a measurement; the module's documentation has the command"]
fn table() {
    let scheduler = env::var("CORPUS_SCHEDULER").map_or(Scheduler::Auto, |name| name.parse().unwrap());
    let only = env::var("CORPUS_BUG").unwrap_or_default();
    println!(
        "{:<22} {:>6} {:>6} {:>6}  {scheduler}, {MAX_SCHEDULES} where it is not found",
        "", "fewest", "median", "most"
    );
    let mut every = Vec::new();
    for bug in CORPUS.iter().filter(|bug| bug.name.contains(&only)) {
        let after = |seed| found(bug, Explorer::new().scheduler(scheduler).seed(seed).shrink(false));
        let after = |seed| after(seed).map_or(MAX_SCHEDULES, |failure| failure.found_after());
        let mut all: Vec<_> = (0..20).map(after).collect();
        all.sort_unstable();
        let timed = if bug.needs_time { "timed" } else { "" };
        println!("{:<22} {:>6} {:>6} {:>6}  {timed}", bug.name, all[0], all[all.len() / 2], all[all.len() - 1]);
        every.extend(all);
    }
    let mean = (every.iter().map(|&after| (after as f64).ln()).sum::<f64>() / every.len() as f64).exp();
    println!("geometric mean over all bugs and seeds: {mean:.2}");
}
