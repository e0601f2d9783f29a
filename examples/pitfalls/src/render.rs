//! Renders chapters as text.

use std::fmt::Write;

use crate::{CHAPTERS, Chapter, Report};

/// Returns the list of chapters, one per line.
pub fn chapter_list() -> String {
    let width = CHAPTERS.iter().map(|chapter| chapter.name.len()).max().unwrap_or_default();
    let mut text = String::from("Pitfalls of async Rust:\n\n");
    for Chapter { name, pitfall, .. } in CHAPTERS {
        _ = writeln!(text, "  {name:<width$}  {pitfall}");
    }
    text.push_str(
        "\nRun `cargo run -p pitfalls -- deadlock` to show the first chapter, or `-- --all` to show all of them.\n",
    );
    text
}

/// Returns a chapter with both versions of its code and their reports.
pub fn chapter(chapter: &Chapter, wrong: &Report, fixed: &Report) -> String {
    let Chapter { name, pitfall, fix, .. } = chapter;
    let (wrong_code, fixed_code) = (chapter.wrong_code(), chapter.fixed_code());
    let mut text = format!("== {name}: {pitfall}\n\n");
    _ = writeln!(text, "The wrong code, in {}:\n\n{wrong_code}", wrong_code.file);
    _ = writeln!(text, "Its test reports:\n\n{}", indented(&wrong.to_string()));
    _ = writeln!(text, "The fix: {fix}\n\n{fixed_code}");
    _ = writeln!(text, "The same test now reports:\n\n{}", indented(&fixed.to_string()));
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}
