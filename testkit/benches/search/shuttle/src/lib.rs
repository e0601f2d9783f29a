//! The bugs of testkit's corpus under shuttle: the same files, with shuttle's tokio in place of tokio.
//!
//! This is a separate crate because a crate can have only one `tokio`.

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

/// Bugs that shuttle does not report, because it accepts leaked tasks.
const LEAKS: &[&str] = &["leaked_task"];

/// Number of schedules of a fixed version that must pass before a failure of its bug counts.
const FIXED_SCHEDULES: usize = 300;

/// Step limit per run. A run may spin under strict priorities; it is then abandoned and not counted as a failure.
const MAX_STEPS: usize = 100_000;

/// Depth of PCT.
const DEPTH: usize = 3;

/// Scheduler of shuttle.
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
    /// All schedulers.
    pub const ALL: [Scheduler; 3] = [Scheduler::Random, Scheduler::Pct, Scheduler::Urw];
}

/// Result of a search.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// Whether a schedule failed. It is then the last one.
    pub is_found: bool,
    /// Number of schedules run.
    pub schedules: usize,
    /// Time from the start to the panic with which shuttle reports the failure.
    pub time: Duration,
}

/// Checks that shuttle can run the bug.
///
/// # Errors
/// If it cannot; the error is a short reason.
///
/// # Panics
/// If there is no such bug.
pub fn can_run(name: &str) -> Result<(), String> {
    let bug = bug(name);
    if bug.needs_time {
        return Err("it sleeps, but time does not pass in shuttle's tokio".to_owned());
    }
    if LEAKS.contains(&name) {
        return Err("it leaks a task, which shuttle does not report as a failure".to_owned());
    }
    for scheduler in Scheduler::ALL {
        let search = search(bug.fixed, scheduler, 0, FIXED_SCHEDULES, Duration::MAX);
        if let (Search { is_found: true, schedules, .. }, reason) = search {
            let reason = reason.lines().next().unwrap_or_default();
            return Err(format!("its fixed version fails under {scheduler:?}, in schedule {schedules}: {reason}"));
        }
    }
    Ok(())
}

/// Runs schedules of the bug until one fails, up to `max` schedules and for up to `time`.
///
/// # Panics
/// If there is no such bug.
pub fn first_failure(name: &str, scheduler: Scheduler, seed: u64, max: usize, time: Duration) -> Search {
    search(bug(name).wrong, scheduler, seed, max, time).0
}

/// Returns the time per schedule of the fixed version, averaged over `schedules`.
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

/// Runs a search. Also returns the message of the failure.
fn search(test: fn() -> Scenario, scheduler: Scheduler, seed: u64, max: usize, time: Duration) -> (Search, String) {
    let start = Instant::now();
    let schedules = Arc::new(AtomicUsize::new(0));
    let counter = schedules.clone();
    let body = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        shuttle::future::block_on(test());
    };
    let run = || match scheduler {
        Scheduler::Random => run(RandomScheduler::new_from_seed(seed, max), time, body),
        Scheduler::Pct => run(PctScheduler::new_from_seed(seed, DEPTH, max), time, body),
        Scheduler::Urw => run(UrwRandomScheduler::new_from_seed(seed, max), time, body),
    };
    let failed = panics::caught(run);
    let time = start.elapsed();
    let search = Search { is_found: failed.is_some(), schedules: schedules.load(Ordering::Relaxed), time };
    (search, failed.unwrap_or_default())
}

fn run(scheduler: impl scheduler::Scheduler + 'static, time: Duration, body: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::ContinueAfter(MAX_STEPS);
    config.max_time = Some(time);
    config.silence_warnings = true;
    // If other tasks panicked while the first one is still unwinding, the process would abort.
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
