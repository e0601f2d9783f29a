//! Timeline files that a failing `#[testkit::test]` writes.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::ProptestConfig;
use testkit::Sim;

use super::samples;
use crate::support::{alone, printed, run_alone};

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn transfers_end(sim: Sim) {
    samples::deadlock(sim).await;
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn letters_are_read(sim: Sim) {
    samples::missed_waker(sim).await;
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn all_is_received(sim: Sim) {
    samples::long(sim).await;
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn passes(sim: Sim) {
    sim.spawn("task", async {}).await.unwrap();
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
#[should_panic(expected = "boom")]
async fn panics_as_expected() {
    panic!("boom");
}

#[testkit::test(timeline = false)]
#[ignore = "run by other tests, with environment variables"]
async fn has_timelines_turned_off() {
    panic!("boom");
}

#[testkit::test(config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
#[ignore = "run by other tests, with environment variables"]
async fn has_inputs(sim: Sim, #[strategy(0..100_u32)] number: u32) {
    sim.spawn("small", async move { assert!(number < 10) }).await.unwrap();
}

/// Runs a test that writes its timelines to a directory. Returns the test's output.
fn written_to(folder: &Path, test: &str) -> String {
    printed(&run_alone(&format!("timeline::files::{test}"), &[("TESTKIT_TIMELINE", folder.to_str().unwrap())]))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().file_name()).collect());
    let entries: Vec<_> = entries.unwrap_or_default();
    let mut names: Vec<_> = entries.into_iter().map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_failure_writes_a_page_and_a_trace_and_its_report_names_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let printed = written_to(folder.path(), "transfers_end");
    assert_eq!(
        names(folder.path()),
        ["reports-timeline-files-transfers_end.html", "reports-timeline-files-transfers_end.trace.json"]
    );
    let mut lines = printed.lines().skip_while(|line| !line.starts_with("  replay    TESTKIT_REPLAY="));
    let page = folder.path().join("reports-timeline-files-transfers_end.html");
    assert_eq!(lines.nth(1), Some(&*format!("  timeline  {}", page.display())), "{printed}");
    let page = fs::read_to_string(page).unwrap();
    for text in ["audit", "rent", "salary", "4 tasks wait", "Mutex::lock", "TESTKIT_REPLAY="] {
        assert!(page.contains(text), "{text} is not in the page");
    }
}

#[test]
fn the_default_directory_is_in_cargos_target_directory() {
    let target = tempfile::tempdir().unwrap();
    let variables = [("TESTKIT_TIMELINE", ""), ("CARGO_TARGET_DIR", target.path().to_str().unwrap())];
    run_alone("timeline::files::letters_are_read", &variables);
    assert_eq!(names(&target.path().join("testkit")).len(), 2);
}

#[test]
fn the_target_directory_is_found_from_the_executable() {
    // A copy of this binary in a target directory like Cargo's.
    let target = tempfile::tempdir().unwrap();
    let deps = target.path().join("debug/deps");
    fs::create_dir_all(&deps).unwrap();
    fs::write(target.path().join("CACHEDIR.TAG"), "").unwrap();
    let binary = deps.join("timeline");
    fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    let mut command = std::process::Command::new(&binary);
    command.args(alone("timeline::files::has_timelines_turned_off", &[]).get_args()).env_remove("CARGO_TARGET_DIR");
    command.env("TESTKIT_REGRESSIONS", "off");
    command.output().unwrap();
    assert!(!target.path().join("testkit").exists(), "its timeline is turned off");
    let mut command = std::process::Command::new(&binary);
    command.args(alone("timeline::files::letters_are_read", &[]).get_args()).env_remove("CARGO_TARGET_DIR");
    command.env("TESTKIT_REGRESSIONS", "off").env_remove("TESTKIT_TIMELINE");
    command.output().unwrap();
    assert_eq!(names(&target.path().join("testkit")).len(), 2);
}

#[test]
fn a_test_that_passes_or_should_panic_or_turns_timelines_off_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for test in ["passes", "panics_as_expected", "has_timelines_turned_off"] {
        let printed = written_to(folder.path(), test);
        assert!(printed.contains("1 test") && !printed.contains("timeline  "), "{printed}");
        assert_eq!(names(folder.path()), <[String; 0]>::default(), "{test}");
    }
}

#[test]
fn the_environment_turns_timelines_off() {
    for off in ["off", "0"] {
        let printed = printed(&run_alone("timeline::files::letters_are_read", &[("TESTKIT_TIMELINE", off)]));
        assert!(printed.contains("missed waker: ") && !printed.contains("  timeline  "), "{printed}");
    }
    let here: PathBuf = std::env::current_dir().unwrap();
    assert!(!here.join("off").exists() && !here.join("0").exists());
}

#[test]
fn a_write_error_is_reported_and_hides_nothing() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let printed = written_to(file.path(), "letters_are_read");
    let told =
        printed.lines().find(|line| line.starts_with("  timeline  not written: ")).expect("the error is reported");
    assert!(told.contains("cannot write ") && told.ends_with("or to `off`"), "{told}");
    assert!(printed.contains("missed waker: task 1 `reader`") && printed.contains("  replay    "), "{printed}");
}

#[test]
fn the_timeline_of_a_test_with_inputs_contains_the_input() {
    let folder = tempfile::tempdir().unwrap();
    written_to(folder.path(), "has_inputs");
    let page = fs::read_to_string(folder.path().join("reports-timeline-files-has_inputs.html")).unwrap();
    assert!(page.contains("number = 10"));
}
