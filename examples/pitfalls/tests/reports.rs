//! Compares the report of each chapter with its snapshot.
//!
//! `INSTA_UPDATE=always cargo test -p pitfalls --test reports` updates the snapshots. Read each new report as a user
//! would: does the report alone explain what to change?

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;

use pitfalls::{CHAPTERS, Chapter};

#[test]
fn each_chapter_reports_its_bug_and_passes_with_the_fix() {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    // Sizes of futures depend on the compiler, and durations on the machine.
    settings.add_filter(r"\b(?:[3-9]\d|\d{3,}) bytes", "[size] bytes");
    settings.add_filter(r"[ \d.]+ ns per byte, [ \d.]+ times", " [time] ns per byte, [ratio] times");
    settings.add_filter(r"without optimizations.*\n", "");
    // Found by samples of the call stack, so its line varies.
    settings.add_filter(r" *returned `Pending` without a waker.*\n", "");
    let _bound = settings.bind_to_scope();
    let reports: Vec<_> = thread::scope(|scope| {
        let run = |chapter: &'static Chapter| scope.spawn(|| ((chapter.run_wrong)(), (chapter.run_fixed)()));
        let running: Vec<_> = CHAPTERS.iter().map(run).collect();
        running.into_iter().map(|run| run.join().expect("chapters do not panic")).collect()
    });
    for (chapter, (wrong, fixed)) in CHAPTERS.iter().zip(reports) {
        assert!(!wrong.passed, "{}: the wrong code must fail: {wrong}", chapter.name);
        assert!(fixed.passed, "{}: the fixed code must pass: {fixed}", chapter.name);
        insta::assert_snapshot!(chapter.name, format!("{wrong}\nfixed:\n\n{fixed}"));
    }
}

#[test]
fn each_chapter_shows_both_versions() {
    for chapter in CHAPTERS {
        for code in [chapter.wrong_code(), chapter.fixed_code()] {
            assert!(code.lines.len() > 1, "{}: the excerpt is too short: {code}", chapter.name);
        }
    }
}

#[test]
fn each_chapter_has_exactly_one_snapshot() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    // insta writes pending snapshots to the same directory, as `.snap.new`.
    let files = files.filter(|file| file.ends_with(".snap"));
    let names: BTreeSet<_> = CHAPTERS.iter().map(|chapter| format!("{}.snap", chapter.name)).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), names);
}
