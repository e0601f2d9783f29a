use std::fmt::{Debug, Write};
use std::future::Future;
use std::io::{IsTerminal, stderr};

use indicatif::HumanCount;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::regressions::Regressions;
use crate::explorer::{Explorer, IntoTestResult};
use crate::failure::{Coverage, Failure, Outcome};
use crate::internal::duration_text;
use crate::property::Property;
use crate::report::Folder;
use crate::sim::Sim;

/// Runs a test of `#[testkit::test]`.
///
/// # Panics
/// With the report, if it fails.
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
        explorer.kept = regressions.read().unwrap_or_else(|error| panic!("{error}")).into();
    }
    assert_passed(&explorer.run_as_set(test), &explorer, regressions.as_ref());
}

/// Runs a test of `#[testkit::test]` that takes inputs.
///
/// # Panics
/// With the report, if it fails.
#[doc(hidden)]
#[track_caller]
pub fn run_property<S, F, R>(property: Property<S>, test: F)
where
    S: Strategy + 'static,
    F: Fn(Sim, S::Value) -> R + Send + Sync + 'static,
    R: Future<Output: IntoTestResult> + 'static,
{
    let explorer = property.explorer().clone().with_environment();
    // Inputs that fail are proptest's to keep.
    assert_passed(&property.run_as_set(explorer.clone(), test), &explorer, None);
}

/// A strategy that makes the type of a parameter. It is boxed, so that what is wrong with it is wrong here and nowhere else.
#[doc(hidden)]
pub fn strategy_of<T: Debug>(strategy: impl Strategy<Value = T> + 'static) -> BoxedStrategy<T> {
    strategy.boxed()
}

#[track_caller]
fn assert_passed(outcome: &Outcome, explorer: &Explorer, regressions: Option<&Regressions>) {
    if let Some(bound) = explorer.exhaustive {
        tell_of_all(outcome, bound);
    }
    if outcome.failures().is_empty() {
        remark(&outcome.coverage(), explorer);
        return;
    }
    let report = report(outcome, explorer, regressions);
    if stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        let (first, rest) = report.split_once('\n').unwrap_or((&report, ""));
        panic!("\x1b[1;31m{first}\x1b[0m\n{rest}");
    }
    panic!("{report}");
}

/// The reports of the failures, which are kept for the next time.
fn report(outcome: &Outcome, explorer: &Explorer, regressions: Option<&Regressions>) -> String {
    let mut report = String::new();
    let failures = outcome.failures();
    if let Some(soaked) = outcome.soaked() {
        _ = writeln!(report, "{soaked}");
    }
    for (failure, number) in failures.iter().zip(1..) {
        if outcome.soaked().is_some() {
            let schedules = if failure.count() == 1 { "schedule" } else { "schedules" };
            let (told, count) = (failures.len(), failure.count());
            _ = writeln!(report, "\nfailure {number} of {told}, in {count} {schedules}");
        }
        _ = write!(report, "{failure}");
        if let Some(place) = write_timeline(failure, number, explorer) {
            _ = writeln!(report, "  timeline  {place}");
        }
        if let Some(regressions) = regressions {
            _ = writeln!(report, "  kept      {}", remember(failure, explorer.kept.len(), regressions));
        }
    }
    report
}

/// Writes the timeline of the failure of that number, and tells where, or why it is not written; none, if there is none.
fn write_timeline(failure: &Failure, number: usize, explorer: &Explorer) -> Option<String> {
    let (timeline, test) = (failure.timeline()?, explorer.test_name?);
    let written = Folder::from_environment()?.and_then(|folder| folder.write(test, number, &timeline));
    Some(written.unwrap_or_else(|error| error.to_string()))
}

/// Keeps a failure, and tells where, or why it is not kept.
fn remember(failure: &Failure, kept: usize, regressions: &Regressions) -> String {
    let file = regressions.shown();
    if failure.found_after() <= kept {
        return format!("in {file}, from an earlier failure");
    }
    if !failure.is_replayable() {
        return "nowhere, as it does not come again with its schedule".to_owned();
    }
    let text = failure.to_string();
    match regressions.add(failure.schedule(), text.lines().next().unwrap_or_default()) {
        Ok(true) => format!("in {file}: commit it, and it is run first from now on"),
        Ok(false) => format!("in {file} already"),
        Err(error) => format!("nowhere: {error}"),
    }
}

/// Says of a test that passes what its schedules have not explored, where the harness shows what tests print.
fn remark(coverage: &Coverage, explorer: &Explorer) {
    let name = explorer.test_name.unwrap_or("the test");
    // One schedule is one order of all tasks.
    if coverage.has_raw_tasks() && coverage.schedules() > 1 {
        eprintln!(
            "{name}: tasks of `tokio::spawn` kept the order of their wakes, and no other was explored: spawn by \
             `di_core::task::spawn`, or `sim.spawn`"
        );
    }
    let skipped = coverage.skipped();
    if let Some(time) = explorer.time.filter(|_| skipped > 0) {
        let count = |count: usize| HumanCount(count as u64);
        let (run, all) = (count(coverage.schedules()), count(coverage.schedules().saturating_add(skipped)));
        eprintln!(
            "{name}: time was up, {}, when {run} of {all} schedules were run. What blocks takes of it, such as \
             `std::thread::sleep`; `time = \"..\"` or TESTKIT_TIME gives more",
            duration_text(time)
        );
    }
}

/// Says whether all schedules were run that are within the bound.
///
/// # Panics
/// If they were not, and none has failed: else it would seem that the test holds for all.
fn tell_of_all(outcome: &Outcome, bound: usize) {
    let count = outcome.schedules_run();
    if outcome.is_exhaustive() {
        println!("all {count} schedules with at most {bound} choices other than the default were run, and none failed");
    } else if outcome.failure().is_none() && std::env::var_os("TESTKIT_REPLAY").is_none() {
        panic!(
            "exhaustive = {bound}: {count} schedules were run, none of which failed, and there are more. Allow more time or \
             more schedules, take a smaller bound, or set TESTKIT_SHARD to run a part on each of several machines"
        );
    }
}
