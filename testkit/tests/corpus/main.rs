//! How well the search finds bugs: a corpus of realistic ones, each with its fixed twin.
//!
//! The bugs are plain code of services. Nothing in them helps the search: it has tokio's own operations to go by, and no more.
//!
//! How many schedules each bug takes, over 20 seeds, for a strategy:
//!
//! ```text
//! CORPUS_STRATEGY=random cargo test --release -p testkit --test corpus -- --ignored --nocapture table
//! ```

mod bugs;

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use bugs::{Bug, CORPUS};
use di_core::task::JoinHandle;
use testkit::{Explorer, Failure, FailureKind, Sim, Strategy};

/// How many schedules a bug may take.
const MOST: usize = 10_000;

/// How long a search may take, of real time.
const TIME: Duration = Duration::from_secs(30);

/// Spawns a task of a bug's component.
#[track_caller]
pub(crate) fn spawn<T: Send + 'static>(
    name: &'static str,
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    Sim::current().spawn(name, task)
}

/// How a bug fails that shows, if it does.
fn search(bug: &Bug, explorer: Explorer) -> Option<Failure> {
    let wrong = bug.wrong;
    explorer.schedules(MOST).time(TIME).run(move |_| wrong()).failure().cloned()
}

/// How many schedules it took from each of so many seeds, from the fewest; `MOST` where it was not found.
fn found_after(bug: &Bug, strategy: Strategy, seeds: u64) -> Vec<usize> {
    let search = |seed| search(bug, Explorer::new().strategy(strategy).seed(seed).shrink(false));
    let mut all: Vec<_> = (0..seeds).map(|seed| search(seed).map_or(MOST, |failure| failure.found_after())).collect();
    all.sort_unstable();
    all
}

#[test]
fn every_bug_is_found() {
    let mut missed = Vec::new();
    for bug in CORPUS {
        for seed in 0..3 {
            let Some(failure) = search(bug, Explorer::new().seed(seed)) else {
                missed.push((bug.name, seed));
                continue;
            };
            let (after, choices) = (failure.found_after(), failure.choices().len());
            println!("{:<20} seed {seed}: {after:>5} schedules, {}, {choices} choices", bug.name, failure.kind());
            println!("{failure}");
        }
    }
    assert!(missed.is_empty(), "not found within {MOST} schedules: {missed:?}");
}

#[test]
fn no_fixed_twin_raises_an_alarm() {
    for bug in CORPUS {
        let fixed = bug.fixed;
        let outcome = Explorer::new().schedules(5_000).run(move |_| fixed());
        if let Some(failure) = outcome.failure() {
            println!("the fixed `{}` fails: {failure}", bug.name);
        }
    }
}

#[test]
fn first_in_first_out_finds_none_but() {
    let found: BTreeSet<_> =
        CORPUS.iter().filter(|bug| search(bug, Explorer::new().strategy(Strategy::Fifo)).is_some()).map(|bug| bug.name).collect();
    assert_eq!(found, BTreeSet::new());
}

#[test]
#[ignore = "a measurement"]
fn table() {
    let strategy = std::env::var("CORPUS_STRATEGY").unwrap_or_default();
    let strategy = if strategy.is_empty() { Strategy::Auto } else { strategy.parse().unwrap() };
    for bug in CORPUS {
        let all = found_after(bug, strategy, 20);
        println!("{:<22} {:>6} {:>6} {:>6}", bug.name, all[0], all[all.len() / 2], all[all.len() - 1]);
    }
}
