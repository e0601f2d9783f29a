//! What a failure of `#[testkit::test]` writes.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::ProptestConfig;
use testkit::Sim;

use crate::samples;
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
async fn is_content(sim: Sim) {
    sim.spawn("task", async {}).await.unwrap();
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
#[should_panic(expected = "boom")]
async fn is_to_fail() {
    panic!("boom");
}

#[testkit::test(timeline = false)]
#[ignore = "run by other tests, with environment variables"]
async fn wants_none() {
    panic!("boom");
}

#[testkit::test(config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
#[ignore = "run by other tests, with environment variables"]
async fn has_inputs(sim: Sim, #[strategy(0..100_u32)] number: u32) {
    sim.spawn("small", async move { assert!(number < 10) }).await.unwrap();
}

/// Runs a test, with its timelines written to a folder, and returns what was printed.
fn written_to(folder: &Path, test: &str) -> String {
    printed(&run_alone(&format!("files::{test}"), &[("TESTKIT_TIMELINE", folder.to_str().unwrap())]))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().file_name()).collect());
    let entries: Vec<_> = entries.unwrap_or_default();
    let mut names: Vec<_> = entries.into_iter().map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_failure_writes_a_page_and_a_trace_and_its_report_names_the_page_below_the_replay() {
    let folder = tempfile::tempdir().unwrap();
    let printed = written_to(folder.path(), "transfers_end");
    assert_eq!(names(folder.path()), ["timeline-files-transfers_end.html", "timeline-files-transfers_end.trace.json"]);
    let mut lines = printed.lines().skip_while(|line| !line.starts_with("  replay    TESTKIT_REPLAY="));
    let page = folder.path().join("timeline-files-transfers_end.html");
    assert_eq!(lines.nth(1), Some(&*format!("  timeline  {}", page.display())), "{printed}");
    let page = fs::read_to_string(page).unwrap();
    for text in ["audit", "rent", "salary", "4 tasks wait", "Mutex::lock", "TESTKIT_REPLAY="] {
        assert!(page.contains(text), "{text} is not in the page");
    }
}

#[test]
fn without_a_folder_it_is_the_one_of_cargo() {
    let target = tempfile::tempdir().unwrap();
    let variables = [("TESTKIT_TIMELINE", ""), ("CARGO_TARGET_DIR", target.path().to_str().unwrap())];
    run_alone("files::letters_are_read", &variables);
    assert_eq!(names(&target.path().join("testkit")).len(), 2);
}

#[test]
fn without_a_variable_the_folder_is_found_from_the_executable() {
    // A copy of this binary, as Cargo lays it out.
    let target = tempfile::tempdir().unwrap();
    let deps = target.path().join("debug/deps");
    fs::create_dir_all(&deps).unwrap();
    fs::write(target.path().join("CACHEDIR.TAG"), "").unwrap();
    let binary = deps.join("timeline");
    fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    let mut command = std::process::Command::new(&binary);
    command.args(alone("files::wants_none", &[]).get_args()).env_remove("CARGO_TARGET_DIR");
    command.env("TESTKIT_REGRESSIONS", "off");
    command.output().unwrap();
    assert!(!target.path().join("testkit").exists(), "it wants none");
    let mut command = std::process::Command::new(&binary);
    command.args(alone("files::letters_are_read", &[]).get_args()).env_remove("CARGO_TARGET_DIR");
    command.env("TESTKIT_REGRESSIONS", "off").env_remove("TESTKIT_TIMELINE");
    command.output().unwrap();
    assert_eq!(names(&target.path().join("testkit")).len(), 2);
}

#[test]
fn a_test_that_passes_or_is_to_fail_or_wants_none_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for test in ["is_content", "is_to_fail", "wants_none"] {
        let printed = written_to(folder.path(), test);
        assert!(printed.contains("1 test") && !printed.contains("timeline  "), "{printed}");
        assert_eq!(names(folder.path()), <[String; 0]>::default(), "{test}");
    }
}

#[test]
fn it_can_be_turned_off() {
    for off in ["off", "0"] {
        let printed = printed(&run_alone("files::letters_are_read", &[("TESTKIT_TIMELINE", off)]));
        assert!(printed.contains("missed waker: ") && !printed.contains("  timeline  "), "{printed}");
    }
    let here: PathBuf = std::env::current_dir().unwrap();
    assert!(!here.join("off").exists() && !here.join("0").exists());
}

#[test]
fn a_failure_to_write_is_told_and_hides_nothing() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let printed = written_to(file.path(), "letters_are_read");
    let told = printed.lines().find(|line| line.starts_with("  timeline  not written: ")).expect("it is told");
    assert!(told.contains("cannot write ") && told.ends_with("or to `off`"), "{told}");
    assert!(printed.contains("missed waker: task 1 `reader`") && printed.contains("  replay    "), "{printed}");
}

#[test]
fn a_test_with_inputs_has_a_timeline_with_its_input_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    written_to(folder.path(), "has_inputs");
    let page = fs::read_to_string(folder.path().join("timeline-files-has_inputs.html")).unwrap();
    assert!(page.contains("number = 10"));
}
