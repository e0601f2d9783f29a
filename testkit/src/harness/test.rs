//! Runs tests for `#[testkit::test]`: prints their reports, writes timelines and keeps failures.

use std::fmt::{Debug, Write};
use std::future::Future;
use std::io::{IsTerminal, stderr};

use indicatif::HumanCount;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::regressions::Regressions;
use crate::executor::has_tokio_hooks;
use crate::explorer::{Explorer, IntoTestResult};
use crate::failure::{Coverage, Failure, Outcome};
use crate::internal::{counted, duration_text};
use crate::property::Property;
use crate::report::Folder;
use crate::schedule::Schedule;
use crate::sim::Sim;

/// Runs a `#[testkit::test]`.
///
/// # Panics
/// Panics with the report if the test fails.
#[doc(hidden)]
#[track_caller]
pub fn run_test<F, R>(explorer: Explorer, test: F)
where
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output: IntoTestResult> + 'static,
{
    let mut explorer = explorer.with_environment();
    let regressions = Regressions::of(&explorer);
    if let Some(regressions) = &regressions
        && explorer.shard.index == 0
    {
        let mut kept = regressions.read().unwrap_or_else(|error| panic!("{error}"));
        let count = kept.len();
        kept.retain(|schedule| has_tokio_hooks() || !schedule.needs_hooks);
        if kept.len() < count {
            let (test, skipped, file) =
                (explorer.test_name.unwrap_or("the test"), count - kept.len(), regressions.shown());
            eprintln!("{test}: {} in {file} not run: `cargo testkit test` runs them", counted(skipped, "schedule"));
        }
        explorer.regressions = kept.into();
    }
    assert_passed(&explorer.run_configured(test), &explorer, regressions.as_ref());
}

/// Runs a `#[testkit::test]` with inputs.
///
/// # Panics
/// Panics with the report if the test fails.
#[doc(hidden)]
#[track_caller]
pub fn run_property<S, F, R>(property: Property<S>, test: F)
where
    S: Strategy + 'static,
    F: Fn(Sim, S::Value) -> R + Send + Sync + 'static,
    R: Future<Output: IntoTestResult> + 'static,
{
    let explorer = property.explorer().clone().with_environment();
    // proptest keeps failing inputs.
    assert_passed(&property.run_configured(explorer.clone(), test), &explorer, None);
}

/// Returns a boxed strategy for a parameter of type `T`. Boxing confines compile errors of a wrong strategy to this
/// call.
#[doc(hidden)]
pub fn strategy_of<T: Debug>(strategy: impl Strategy<Value = T> + 'static) -> BoxedStrategy<T> {
    strategy.boxed()
}

#[track_caller]
fn assert_passed(outcome: &Outcome, explorer: &Explorer, regressions: Option<&Regressions>) {
    if let Some(bound) = explorer.exhaustive {
        check_exhaustive(outcome, bound);
    }
    if outcome.failures().is_empty() {
        print_unexplored(&outcome.coverage(), explorer);
        return;
    }
    let report = report(outcome, explorer, regressions);
    if stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        let (first, rest) = report.split_once('\n').unwrap_or((&report, ""));
        panic!("\x1b[1;31m{first}\x1b[0m\n{rest}");
    }
    panic!("{report}");
}

/// Keeps the failures, and returns their reports.
fn report(outcome: &Outcome, explorer: &Explorer, regressions: Option<&Regressions>) -> String {
    let mut report = String::new();
    let failures = outcome.failures();
    if let Some(status) = outcome.soak_status() {
        _ = writeln!(report, "{status}");
    }
    for (failure, number) in failures.iter().zip(1..) {
        if outcome.soak_status().is_some() {
            let schedules = if failure.count() == 1 { "schedule" } else { "schedules" };
            let (total, count) = (failures.len(), failure.count());
            _ = writeln!(report, "\nfailure {number} of {total}, in {count} {schedules}");
        }
        _ = write!(report, "{failure}");
        if let Some(place) = write_timeline(failure, number, explorer) {
            _ = writeln!(report, "  timeline  {place}");
        }
        if let Some(regressions) = regressions {
            _ = writeln!(report, "  kept      {}", keep_failure(failure, &explorer.regressions, regressions));
        }
    }
    report
}

/// Writes the timeline of a failure. Returns its path, or the reason why it could not be written. Returns `None` if the
/// failure has no timeline, or timelines are turned off.
fn write_timeline(failure: &Failure, number: usize, explorer: &Explorer) -> Option<String> {
    let (folder, test) = (Folder::from_environment()?, explorer.test_name?);
    let timeline = failure.timeline()?;
    let written = folder.and_then(|folder| folder.write(test, number, &timeline));
    Some(written.unwrap_or_else(|error| error.to_string()))
}

/// Keeps a failure. Returns the place, or the reason why the failure was not kept. `kept` are the schedules that
/// were kept before.
fn keep_failure(failure: &Failure, kept: &[Schedule], regressions: &Regressions) -> String {
    let file = regressions.shown();
    if failure.found_after() <= kept.len() {
        return match kept.contains(failure.schedule()) {
            true => format!("in {file}, from an earlier failure"),
            // Most likely another failure: the same one would have been simplified to the kept schedule.
            false => format!("in {file}: the schedule of an earlier failure led to this one"),
        };
    }
    if !failure.is_replayable() {
        return "no: replaying the schedule does not reproduce the failure".to_owned();
    }
    let text = failure.to_string();
    match regressions.add(failure.schedule(), text.lines().next().unwrap_or_default()) {
        Ok(true) => format!("in {file}: commit this file to run this schedule first from now on"),
        Ok(false) => format!("already in {file}"),
        Err(error) => format!("no: {error}"),
    }
}

/// Prints what the schedules of a passed test did not explore. The harness shows it with `--nocapture`.
fn print_unexplored(coverage: &Coverage, explorer: &Explorer) {
    let name = explorer.test_name.unwrap_or("the test");
    // A single schedule never explores another order.
    if coverage.has_raw_tasks() && coverage.schedules() > 1 {
        eprintln!(
            "{name}: `tokio::spawn` tasks ran only in the order of their wakes; `cargo testkit test` explores other \
             orders"
        );
    }
    if coverage.leaves_raw_tasks && !explorer.limits.allow_leaks {
        eprintln!(
            "{name}: a `tokio::spawn` task was still alive at the end of the test; under `cargo testkit test`, it would \
             be named, and fail the test"
        );
    }
    let skipped = coverage.skipped();
    if let Some(time) = explorer.time.filter(|_| skipped > 0) {
        let count = |count: usize| HumanCount(count as u64);
        let (run, all) = (count(coverage.schedules()), count(coverage.schedules().saturating_add(skipped)));
        eprintln!(
            "{name}: time was up after {}: {run} of {all} schedules were run. Avoid blocking calls such as \
             `std::thread::sleep`, or allow more time with `time = \"..\"` or TESTKIT_TIME",
            duration_text(time)
        );
    }
}

/// Prints that all schedules within the bound passed.
///
/// # Panics
/// Panics if no schedule failed but some were not run. Otherwise, the test would pass as if all schedules had passed.
fn check_exhaustive(outcome: &Outcome, bound: usize) {
    let count = outcome.schedules_run();
    if outcome.is_exhaustive() {
        println!("all {count} schedules with at most {bound} choices other than the default passed");
    } else if outcome.failure().is_none() && std::env::var_os("TESTKIT_REPLAY").is_none() {
        panic!(
            "exhaustive = {bound}: {count} schedules were run and none failed, but there are more. Allow more time or \
             more schedules, choose a smaller bound, or divide the schedules between machines with TESTKIT_SHARD"
        );
    }
}
