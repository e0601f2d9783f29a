//! The bugs of testkit's corpus under shuttle: the same files, with shuttle's tokio in place of tokio.
//!
//! It is a crate of its own since one crate can have one `tokio` only.

#[path = "../../../../tests/corpus/bugs/mod.rs"]
mod bugs;
mod panics;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bugs::{Bug, CORPUS, Scenario};
use shuttle::scheduler::{self, PctScheduler, RandomScheduler, UrwRandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use tokio::task::JoinHandle;

/// What shuttle takes for right, so that there is nothing for it to find.
const LEAKS: &[&str] = &["leaked_task"];

/// How many schedules of a fixed twin have to pass before a failure of its bug is believed.
const BELIEVED: usize = 300;

/// A run that takes more steps spins, as a strict priority may have it do: it is given up, and is no failure.
const STEPS: usize = 100_000;

/// The depth of PCT.
const DEPTH: usize = 3;

/// How shuttle chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    /// A random walk.
    Random,
    /// PCT with a depth of 3.
    Pct,
    /// A uniform random walk.
    Urw,
}

impl Scheduler {
    /// All of them.
    pub const ALL: [Scheduler; 3] = [Scheduler::Random, Scheduler::Pct, Scheduler::Urw];
}

/// What a search has come to.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// Whether a schedule has failed, which is the last one then.
    pub is_found: bool,
    /// How many schedules were run.
    pub schedules: usize,
    /// From its start to the panic that shuttle fails with.
    pub time: Duration,
}

/// Whether shuttle can run the bug.
///
/// # Errors
/// Why it cannot, in a few words.
///
/// # Panics
/// If there is no such bug.
pub fn can_run(name: &str) -> Result<(), String> {
    let bug = bug(name);
    if bug.needs_time {
        return Err("it sleeps, and shuttle's tokio has no time that passes".to_owned());
    }
    if LEAKS.contains(&name) {
        return Err("it leaks a task, which shuttle does not take for a failure".to_owned());
    }
    for scheduler in Scheduler::ALL {
        let search = search(bug.fixed, scheduler, 0, BELIEVED, Duration::MAX);
        if let (Search { is_found: true, schedules, .. }, reason) = search {
            let reason = reason.lines().next().unwrap_or_default();
            return Err(format!("its fixed twin fails under {scheduler:?}, in schedule {schedules}: {reason}"));
        }
    }
    Ok(())
}

/// Runs schedules of the bug until one fails, at most so many and for so long.
///
/// # Panics
/// If there is no such bug.
pub fn first_failure(name: &str, scheduler: Scheduler, seed: u64, most: usize, time: Duration) -> Search {
    search(bug(name).wrong, scheduler, seed, most, time).0
}

/// How long a schedule of the fixed twin takes, of so many.
///
/// # Panics
/// If there is no such bug.
pub fn passing(name: &str, scheduler: Scheduler, schedules: usize) -> Duration {
    let (search, _) = search(bug(name).fixed, scheduler, 0, schedules, Duration::MAX);
    search.time / search.schedules as u32
}

fn bug(name: &str) -> &'static Bug {
    CORPUS.iter().find(|bug| bug.name == name).expect("the corpus is the same on both sides")
}

/// Also returns with which words it has failed.
fn search(test: fn() -> Scenario, scheduler: Scheduler, seed: u64, most: usize, time: Duration) -> (Search, String) {
    let begun = Instant::now();
    let schedules = Arc::new(AtomicUsize::new(0));
    let counter = schedules.clone();
    let body = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        shuttle::future::block_on(test());
    };
    let run = || match scheduler {
        Scheduler::Random => run(RandomScheduler::new_from_seed(seed, most), time, body),
        Scheduler::Pct => run(PctScheduler::new_from_seed(seed, DEPTH, most), time, body),
        Scheduler::Urw => run(UrwRandomScheduler::new_from_seed(seed, most), time, body),
    };
    let failed = panics::caught(run);
    let time = begun.elapsed();
    let search = Search { is_found: failed.is_some(), schedules: schedules.load(Ordering::Relaxed), time };
    (search, failed.unwrap_or_default())
}

fn run(scheduler: impl scheduler::Scheduler + 'static, time: Duration, body: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::ContinueAfter(STEPS);
    config.max_time = Some(time);
    config.silence_warnings = true;
    // Other tasks that panic while the first still unwinds would abort the process.
    config.ungraceful_shutdown_config.immediately_return_on_panic = true;
    Runner::new(scheduler, config).run(body);
}

/// Spawns a task of a bug's component.
pub(crate) fn spawn<T: Send + 'static>(
    _name: &'static str,
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(task)
}
