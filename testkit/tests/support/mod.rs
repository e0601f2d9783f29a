//! Helpers for all test binaries: explorers, expected failures, and tests in separate processes.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeSet;
use std::future::Future;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use testkit::{Explorer, Failure, FailureKind, Sim};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);

/// Returns the failure of a test. Prints its report.
#[track_caller]
pub(crate) fn failure<F, R>(explorer: Explorer, test: F) -> Failure
where
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + 'static,
{
    let outcome = explorer.run(test);
    let failure = outcome.failure().expect("the test fails").clone();
    println!("{failure}");
    failure
}

/// Returns the failure of a test. Asserts that its schedule reproduces it.
#[track_caller]
pub(crate) fn replayed_failure<F, R>(explorer: Explorer, test: F) -> Failure
where
    F: Fn(Sim) -> R + Send + Sync + Clone + 'static,
    R: Future<Output = ()> + 'static,
{
    let failure = failure(explorer.clone(), test.clone());
    let again = explorer.replay(failure.schedule()).run(test);
    let again = again.failure().unwrap_or_else(|| panic!("the schedule does not reproduce the failure: {failure}"));
    assert_eq!(again.kind(), failure.kind());
    assert_eq!(again.choices(), failure.choices());
    failure
}

/// Asserts that the test passes under all schedules.
#[track_caller]
pub(crate) fn passes<F, R>(explorer: Explorer, test: F)
where
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + 'static,
{
    let outcome = explorer.run(test);
    if let Some(failure) = outcome.failure() {
        panic!("{failure}");
    }
}

/// Returns the outputs of a passing test in the order of its runs. If a schedule runs twice, the last output counts.
#[track_caller]
pub(crate) fn each_seen<T, F, R>(explorer: Explorer, test: F) -> Vec<T>
where
    T: Send + 'static,
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = T> + 'static,
{
    let all = Arc::new(Mutex::new(Vec::<(u64, T)>::new()));
    let seen = all.clone();
    passes(explorer, move |sim| {
        // Each schedule has its own seed.
        let (schedule, running, seen) = (sim.entropy().next_u64(), test(sim), seen.clone());
        async move {
            let one = running.await;
            let mut all = seen.lock().unwrap();
            all.retain(|(other, _)| *other != schedule);
            all.push((schedule, one));
        }
    });
    let all = std::mem::take(&mut *all.lock().unwrap());
    all.into_iter().map(|(_, one)| one).collect()
}

/// Returns the distinct outputs of a test that passes under many schedules.
#[track_caller]
pub(crate) fn seen<T, F, R>(test: F) -> BTreeSet<T>
where
    T: Ord + Send + 'static,
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = T> + 'static,
{
    each_seen(Explorer::new().schedules(400), test).into_iter().collect()
}

/// Returns the parts of a failure that tests compare.
pub(crate) fn identity_of(failure: &Failure) -> (usize, FailureKind, String, Vec<String>) {
    let choices = failure.choices().iter().map(ToString::to_string).collect();
    (failure.found_after(), failure.kind(), failure.schedule().to_string(), choices)
}

#[track_caller]
pub(crate) fn assert_report_contains(failure: &Failure, texts: &[&str]) {
    let report = failure.to_string();
    for text in texts {
        assert!(report.contains(text), "`{text}` is not in:\n{report}");
    }
}

/// Runs an ignored test of this binary, given by its path, in a separate process with environment variables.
pub(crate) fn run_alone(test: &str, variables: &[(&str, &str)]) -> Output {
    alone(test, variables).output().expect("a test binary can be run")
}

/// Returns the command for [`run_alone`].
pub(crate) fn alone(test: &str, variables: &[(&str, &str)]) -> Command {
    let binary = std::env::current_exe().expect("a test binary has a path");
    let mut command = Command::new(binary);
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
    for name in
        ["TESTKIT_SEED", "TESTKIT_SCHEDULES", "TESTKIT_TIME", "TESTKIT_REPLAY", "TESTKIT_SHARD", "PROPTEST_CASES"]
    {
        command.env_remove(name);
    }
    // These failures must not leave files in the repository, and need no timelines.
    command.env("TESTKIT_REGRESSIONS", "off").env("TESTKIT_TIMELINE", "off").envs(variables.iter().copied());
    command
}

/// Returns the standard output and the standard error of a process.
pub(crate) fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
