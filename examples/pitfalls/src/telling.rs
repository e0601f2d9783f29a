//! A chapter as it is printed.

use std::fmt::Write;

use crate::{CHAPTERS, Chapter, Verdict};

/// The chapters, each in a line.
pub fn list() -> String {
    let width = CHAPTERS.iter().map(|chapter| chapter.name.len()).max().unwrap_or_default();
    let mut text = String::from("The pitfalls of the story:\n\n");
    for Chapter { name, pitfall, .. } in CHAPTERS {
        _ = writeln!(text, "  {name:<width$}  {pitfall}");
    }
    text.push_str("\n`cargo run -p pitfalls -- deadlock` shows the first one, `-- --all` shows all\n");
    text
}

/// A chapter: the wrong code and what it has come to, and the same of the mended code.
pub fn tell(chapter: &Chapter, wrong: &Verdict, right: &Verdict) -> String {
    let Chapter { name, pitfall, mend, .. } = chapter;
    let (wrong_code, right_code) = (chapter.wrong_code(), chapter.right_code());
    let mut text = format!("== {name}: {pitfall}\n\n");
    _ = writeln!(text, "The wrong code, in {}:\n\n{wrong_code}", wrong_code.file);
    _ = writeln!(text, "What its test finds:\n\n{}", indented(&wrong.to_string()));
    _ = writeln!(text, "What mends it: {mend}\n\n{right_code}");
    _ = writeln!(text, "What the same test finds now:\n\n{}", indented(&right.to_string()));
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}
