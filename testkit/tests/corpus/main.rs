//! How well the search finds bugs: a corpus of realistic ones, each with its fixed twin.
//!
//! The bugs are plain code of services. Nothing in them helps the search: it has tokio's own operations to go by, and no more.
//!
//! The widest sweeps are too long for each run of the tests. How many schedules each bug takes, over 20 seeds (the fewest, the
//! median and the most), under a strategy; and 5,000 schedules of each fixed twin:
//!
//! ```text
//! CORPUS_STRATEGY=random cargo test --release -p testkit --test corpus -- --ignored --nocapture table
//! cargo test --release -p testkit --test corpus -- --ignored no_fixed_twin
//! cargo test --release -p testkit --test corpus -- --ignored --nocapture what_is_left
//! ```
//!
//! `CORPUS_BUG` limits the table to the bugs whose name contains it.

mod bugs;
mod spawn;

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use bugs::{Bug, CORPUS};
pub(crate) use spawn::spawn;
use testkit::{Explorer, Failure, FailureKind, Scheduler};

/// How many schedules a bug may take.
const MOST: usize = 10_000;

/// How long a search may take, of real time.
const TIME: Duration = Duration::from_secs(30);

/// How the bugs fail that do not panic.
const KINDS: &[(&[FailureKind], &[&str])] = &[
    (
        &[FailureKind::Deadlock],
        &["abba", "barrier_reuse", "early_notify", "futurelock", "futures_unordered", "late_session", "reentrant_read"],
    ),
    // Which of the two it is depends on whether something still holds a waker that is of no use.
    (&[FailureKind::MissedWaker, FailureKind::LostWakeup], &["dropped_waiter", "first_poll_waker", "stale_waker"]),
    (&[FailureKind::LostWakeup], &["join_hides_wake"]),
    (&[FailureKind::TaskLeak], &["leaked_task"]),
];

/// How a bug fails, if the search finds that it does.
fn found(bug: &Bug, explorer: Explorer) -> Option<Failure> {
    let wrong = bug.wrong;
    explorer.schedules(MOST).time(TIME).run(move |_| wrong()).failure().cloned()
}

/// That no schedule of a fixed twin fails, of so many.
#[track_caller]
fn assert_passes(bug: &Bug, schedules: usize) {
    let fixed = bug.fixed;
    let outcome = Explorer::new().schedules(schedules).run(move |_| fixed());
    if let Some(failure) = outcome.failure() {
        panic!("the fixed `{}` fails: {failure}", bug.name);
    }
    assert_eq!(outcome.schedules_run(), schedules, "`{}` is run to the end", bug.name);
}

#[test]
fn every_bug_is_found() {
    let mut missed = Vec::new();
    for bug in CORPUS {
        for seed in 0..3 {
            // One is told as a user is; to make each small takes long.
            let is_told = seed == 0;
            let Some(failure) = found(bug, Explorer::new().seed(seed).shrink(is_told)) else {
                missed.push((bug.name, seed));
                continue;
            };
            let (after, choices) = (failure.found_after(), failure.choices().len());
            println!("{:<22} {after:>5} schedules  {:<12}  {choices} choices", bug.name, failure.kind().to_string());
            if is_told {
                println!("{failure}");
            }
        }
    }
    assert!(missed.is_empty(), "not found within {MOST} schedules, with their seeds: {missed:?}");
}

#[test]
fn each_fails_as_it_is_said_to() {
    for bug in CORPUS {
        let kinds = KINDS.iter().find(|(_, names)| names.contains(&bug.name)).map(|(kinds, _)| *kinds);
        let failure = found(bug, Explorer::new().seed(7).shrink(false)).expect(bug.name);
        let kinds = kinds.unwrap_or(&[FailureKind::Panic]);
        assert!(kinds.contains(&failure.kind()), "`{}` is to fail as {kinds:?}: {failure}", bug.name);
    }
}

#[test]
fn no_fixed_twin_raises_an_alarm() {
    for bug in CORPUS {
        assert_passes(bug, 1_000);
    }
}

#[test]
#[ignore = "takes about a minute in a debug build; the module's documentation has the command"]
fn no_fixed_twin_raises_an_alarm_in_many_schedules() {
    for bug in CORPUS {
        assert_passes(bug, 5_000);
    }
}

#[test]
fn first_in_first_out_finds_none() {
    let is_found = |bug: &&Bug| found(bug, Explorer::new().scheduler(Scheduler::Fifo)).is_some();
    let all: Vec<_> = CORPUS.iter().filter(is_found).map(|bug| bug.name).collect();
    assert!(all.is_empty(), "a test on an ordinary runtime would show these, too: {all:?}");
}

/// The bugs that are not found from a seed.
fn missed_with_the_defaults(seed: u64) -> Vec<(&'static str, u64)> {
    let is_missed = |bug: &&Bug| {
        let wrong = bug.wrong;
        let explorer = Explorer::new().seed(seed).schedules(200).shrink(false).check_determinism(false);
        explorer.run(move |_| wrong()).failure().is_none()
    };
    CORPUS.iter().filter(is_missed).map(|bug| (bug.name, seed)).collect()
}

/// As `cargo test` finds it: no more schedules than by default.
#[test]
fn every_bug_is_found_with_the_defaults_from_twenty_seeds() {
    // Most of the time is waited: for other threads to wake what is stuck.
    let missed = thread::scope(|scope| {
        let search = |first| move || (first..first + 4).flat_map(missed_with_the_defaults).collect::<Vec<_>>();
        let searching: Vec<_> = (0..20).step_by(4).map(|first| scope.spawn(search(first))).collect();
        searching.into_iter().flat_map(|searching| searching.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(missed.is_empty(), "not found within 200 schedules: {missed:?}");
}

/// What shrinking leaves, beside the least that any schedule takes, where that is found in time.
#[test]
#[ignore = "a measurement; the module's documentation has the command"]
fn what_is_left_is_hardly_more_than_the_least() {
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
    let strategy = env::var("CORPUS_STRATEGY").map_or(Scheduler::Auto, |name| name.parse().unwrap());
    let only = env::var("CORPUS_BUG").unwrap_or_default();
    println!("{:<22} {:>6} {:>6} {:>6}  {strategy}, {MOST} where it is not found", "", "fewest", "median", "most");
    for bug in CORPUS.iter().filter(|bug| bug.name.contains(&only)) {
        let after = |seed| found(bug, Explorer::new().scheduler(strategy).seed(seed).shrink(false));
        let after = |seed| after(seed).map_or(MOST, |failure| failure.found_after());
        let mut all: Vec<_> = (0..20).map(after).collect();
        all.sort_unstable();
        let timed = if bug.needs_time { "timed" } else { "" };
        println!("{:<22} {:>6} {:>6} {:>6}  {timed}", bug.name, all[0], all[all.len() / 2], all[all.len() - 1]);
    }
}
