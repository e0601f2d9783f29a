//! Kept regressions: a failing schedule is written to a file and runs first from then on.

use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use testkit::Sim;

use crate::support::{printed, run_alone};

/// Fails in about one of ten schedules, but not in the first one.
#[testkit::test(scheduler = "random", check_determinism = false)]
#[ignore = "run by other tests, with environment variables"]
async fn rarely_fails(sim: Sim) {
    println!("a run");
    assert!(sim.choose(10) != 9 || std::env::var_os("IS_CORRECT").is_some(), "the ninth");
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
#[should_panic(expected = "boom")]
async fn panics_as_expected() {
    panic!("boom");
}

#[testkit::test(regressions = false)]
#[ignore = "run by other tests, with environment variables"]
async fn keeps_nothing() {
    panic!("boom");
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn is_not_deterministic(sim: Sim) {
    for _ in 0..RUNS.fetch_add(1, Ordering::Relaxed) {
        sim.spawn("more and more", async {}).await.unwrap();
    }
}

#[test]
#[ignore = "run by other tests, with environment variables"]
fn fails_as_a_value() {
    let outcome = testkit::Explorer::new().run(|sim: Sim| async move { assert!(sim.choose(10) != 9) });
    panic!("{outcome:?}");
}

/// Directory for the files of one test.
struct Kept(TempDir);

impl Kept {
    fn new() -> Self {
        Kept(tempfile::tempdir().unwrap())
    }

    fn run(&self, test: &str, variables: &[(&str, &str)]) -> Output {
        let folder = self.0.path().to_str().unwrap();
        run_alone(&format!("regressions::{test}"), &[&[("TESTKIT_REGRESSIONS", folder)], variables].concat())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("explorer-regressions-rarely_fails.txt")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn is_empty(&self) -> bool {
        fs::read_dir(self.0.path()).unwrap().next().is_none()
    }
}

/// Returns how often the test ran.
fn runs(text: &str) -> usize {
    text.lines().filter(|line| line.contains("a run")).count()
}

#[test]
fn a_failure_is_kept_and_runs_first_from_then_on() {
    let kept = Kept::new();
    let text = printed(&kept.run("rarely_fails", &[]));
    assert!(
        text.contains("explorer-regressions-rarely_fails.txt: commit this file to run this schedule first from now on"),
        "{text}"
    );
    let file = kept.text();
    assert!(
        file.starts_with("# Schedules under which the test `explorer::regressions::rarely_fails` failed."),
        "{file}"
    );
    let last = file.lines().last().unwrap();
    let (schedule, headline) = last.split_once(" # ").unwrap();
    assert!(headline.starts_with("panic: task 0 `main` panicked at ") && headline.ends_with("the ninth"), "{headline}");
    assert!(text.contains(&format!("TESTKIT_REPLAY='{schedule}'")), "{text}");

    // Without the kept schedule, the first schedule passes.
    let output = kept.run("rarely_fails", &[("TESTKIT_SCHEDULES", "1")]);
    let text = printed(&output);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("schedule 1 of 2") && text.contains(schedule), "{text}");
    assert!(text.contains("explorer-regressions-rarely_fails.txt, from an earlier failure"), "{text}");
    assert_eq!(kept.text(), file);
}

/// The shrunk schedule of the failure is not the kept one, so the failure may be another one.
#[test]
fn the_report_says_that_a_kept_schedule_led_to_another_failure() {
    let kept = Kept::new();
    _ = kept.run("rarely_fails", &[]);
    let file = kept.text();
    let schedule = file.lines().last().unwrap().split(" # ").next().unwrap();
    fs::write(kept.file(), format!("{schedule};c0.999=1\n")).unwrap();
    let text = printed(&kept.run("rarely_fails", &[]));
    assert!(text.contains("-rarely_fails.txt: the schedule of an earlier failure led to this one"), "{text}");
}

#[test]
fn a_kept_schedule_that_passes_now_stays_and_costs_one_run() {
    let kept = Kept::new();
    _ = kept.run("rarely_fails", &[]);
    let file = kept.text();
    let output = kept.run("rarely_fails", &[("IS_CORRECT", "1"), ("TESTKIT_SCHEDULES", "7")]);
    assert!(output.status.success());
    assert_eq!(runs(&printed(&output)), 8);
    assert_eq!(kept.text(), file);
}

#[test]
fn another_failure_is_kept_beside_the_first() {
    let kept = Kept::new();
    fs::write(kept.file(), "v1:3 # it passes\nv1:5\n").unwrap();
    let text = printed(&kept.run("rarely_fails", &[]));
    assert_eq!(kept.text().lines().count(), 3, "{text}");
    assert!(kept.text().starts_with("v1:3 # it passes\nv1:5\nv1:"), "{}", kept.text());
}

#[test]
fn an_invalid_line_fails_the_test() {
    let kept = Kept::new();
    fs::write(kept.file(), "# of whoever\nv1:0;z=1\n").unwrap();
    let output = kept.run("rarely_fails", &[]);
    let text = printed(&output);
    assert!(!output.status.success() && runs(&text) == 0, "{text}");
    assert!(
        text.contains("explorer-regressions-rarely_fails.txt:2: invalid schedule: `z=1` is not a choice"),
        "{text}"
    );
}

#[test]
fn a_write_error_is_noted_in_the_report() {
    let kept = Kept::new();
    let file = kept.0.path().join("a file");
    fs::write(&file, "").unwrap();
    let folder = file.join("in it");
    // The directory cannot be created because its parent is a file.
    let text = printed(&run_alone("regressions::rarely_fails", &[("TESTKIT_REGRESSIONS", folder.to_str().unwrap())]));
    assert!(text.contains("the ninth"), "{text}");
    assert!(text.contains("  kept      no: ") && text.contains("could not be written: "), "{text}");
}

#[test]
fn a_test_that_should_panic_keeps_nothing() {
    let kept = Kept::new();
    assert!(kept.run("panics_as_expected", &[]).status.success());
    assert!(kept.is_empty());
}

#[test]
fn nothing_is_kept_if_regressions_are_turned_off() {
    let kept = Kept::new();
    assert!(!kept.run("keeps_nothing", &[]).status.success());
    let text = printed(&kept.run("rarely_fails", &[("TESTKIT_REGRESSIONS", "off")]));
    assert!(text.contains("the ninth") && !text.contains("  kept "), "{text}");
    assert!(kept.is_empty());
}

#[test]
fn a_replay_keeps_nothing_and_runs_nothing_else() {
    let kept = Kept::new();
    _ = kept.run("rarely_fails", &[]);
    let (file, replay) = (kept.text(), "v1:77");
    let text = printed(&kept.run("rarely_fails", &[("TESTKIT_REPLAY", replay)]));
    assert_eq!(runs(&text), 1);
    assert_eq!(kept.text(), file);
}

#[test]
fn a_failure_that_does_not_recur_is_not_kept() {
    let kept = Kept::new();
    let text = printed(&kept.run("is_not_deterministic", &[]));
    assert!(text.contains("nondeterminism: "), "{text}");
    assert!(text.contains("  kept      no: replaying the schedule does not reproduce the failure"), "{text}");
    assert!(kept.is_empty());
}

#[test]
fn an_explorer_outside_a_test_attribute_keeps_nothing() {
    let kept = Kept::new();
    assert!(!kept.run("fails_as_a_value", &[]).status.success());
    assert!(kept.is_empty());
}

#[test]
fn only_the_first_shard_runs_the_kept_schedules() {
    let kept = Kept::new();
    fs::write(kept.file(), "v1:3\nv1:5\n").unwrap();
    let runs_of = |shard| {
        let variables = [("TESTKIT_SHARD", shard), ("TESTKIT_SCHEDULES", "10"), ("IS_CORRECT", "1")];
        runs(&printed(&kept.run("rarely_fails", &variables)))
    };
    assert_eq!((runs_of("1/2"), runs_of("2/2")), (7, 5));
}
