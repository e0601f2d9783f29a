//! The report of each chapter's wrong code, as its reader sees it.
//!
//! `INSTA_UPDATE=always cargo test -p pitfalls --test reports` writes them anew. Read them aloud: would who reads this, and
//! nothing else, know what to change?

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;

use pitfalls::{CHAPTERS, Chapter};

#[test]
fn each_chapter_reports_what_is_wrong_and_is_mended() {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    // How large a future is, is up to the compiler, and how long a call takes, to the machine.
    settings.add_filter(r"\b(?:[3-9]\d|\d{3,}) bytes", "[size] bytes");
    settings.add_filter(r"[ \d.]+ ns a byte, [ \d.]+ times", " [time] ns a byte, [ratio] times");
    settings.add_filter(r"without optimizations.*\n", "");
    let _bound = settings.bind_to_scope();
    let verdicts: Vec<_> = thread::scope(|scope| {
        let run = |chapter: &'static Chapter| scope.spawn(|| ((chapter.wrong)(), (chapter.right)()));
        let running: Vec<_> = CHAPTERS.iter().map(run).collect();
        running.into_iter().map(|run| run.join().expect("a run does not panic")).collect()
    });
    for (chapter, (wrong, right)) in CHAPTERS.iter().zip(verdicts) {
        assert!(!wrong.is_pass, "{} is wrong: {wrong}", chapter.name);
        assert!(right.is_pass, "{} is mended: {right}", chapter.name);
        insta::assert_snapshot!(chapter.name, format!("{wrong}\nmended:\n\n{right}"));
    }
}

#[test]
fn each_chapter_shows_both_codes() {
    for chapter in CHAPTERS {
        for code in [chapter.wrong_code(), chapter.right_code()] {
            assert!(code.lines.len() > 1, "{} has too little to show: {code}", chapter.name);
        }
    }
}

#[test]
fn each_snapshot_is_of_a_chapter() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    // What insta writes beside one that differs is none.
    let files = files.filter(|file| file.ends_with(".snap"));
    let names: BTreeSet<_> = CHAPTERS.iter().map(|chapter| format!("{}.snap", chapter.name)).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), names);
}
