use std::fmt;

use testkit::laws::Broken;
use testkit::{Explorer, FailureKind, Outcome};

/// A chapter of the story: wrong code, what finds it, and what mends it.
#[derive(Debug)]
pub struct Chapter {
    /// What the command line calls it.
    pub name: &'static str,
    /// What happened to him who wrote it, in one line.
    pub pitfall: &'static str,
    /// What mends it, in a sentence or two.
    pub mend: &'static str,
    /// Its file.
    pub source: Source,
    /// The file of the wrong code, where that does not even compile.
    pub uncompiled: Option<Source>,
    /// Runs the wrong code.
    pub wrong: fn() -> Verdict,
    /// Runs the mended code, in the same way.
    pub right: fn() -> Verdict,
}

/// A file of this package.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Where it is, from the workspace's folder on.
    pub file: &'static str,
    /// What is in there.
    pub text: &'static str,
}

/// What a run has shown. Its text is the report.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether it has shown that the code is right.
    pub is_pass: bool,
    /// What kind of failure it is, where a schedule was found that fails.
    pub kind: Option<FailureKind>,
    report: String,
}

/// Lines of a file. Its text has their numbers.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// Where the file is, from the workspace's folder on.
    pub file: &'static str,
    /// The lines, each with its number.
    pub lines: Vec<(usize, &'static str)>,
}

/// How many schedules the mended code passes.
pub const SCHEDULES: usize = 1_000;

/// What runs the chapters' tests. It is not limited by time, so that what it reports is the same on every machine.
pub(crate) fn explorer() -> Explorer {
    Explorer::new().schedules(SCHEDULES)
}

impl Chapter {
    /// The wrong code.
    pub fn wrong_code(&self) -> Excerpt {
        self.uncompiled.map_or_else(|| self.source.module("wrong"), Source::whole)
    }

    /// The mended code.
    pub fn right_code(&self) -> Excerpt {
        self.source.module("right")
    }
}

impl Source {
    /// A module in it, without its first line and its last.
    ///
    /// # Panics
    /// If it has none of this name.
    fn module(self, name: &str) -> Excerpt {
        let first = format!("mod {name} {{");
        let lines = (1..).zip(self.text.lines());
        let inner = lines.skip_while(|(_, line)| *line != first).skip(1).take_while(|(_, line)| *line != "}");
        // What the module takes from its parent is no part of the story.
        let body = inner.skip_while(|(_, line)| line.is_empty() || line.trim_start().starts_with("use "));
        let lines: Vec<_> = body.map(|(number, line)| (number, line.strip_prefix("    ").unwrap_or(line))).collect();
        assert!(!lines.is_empty(), "{} has a `{first}`", self.file);
        Excerpt { file: self.file, lines }
    }

    /// All of it, without its own documentation.
    fn whole(self) -> Excerpt {
        let lines = (1..).zip(self.text.lines());
        let lines = lines.skip_while(|(_, line)| line.is_empty() || line.starts_with("//!")).collect();
        Excerpt { file: self.file, lines }
    }
}

impl Verdict {
    /// What was found to be wrong, other than by a schedule.
    pub(crate) fn wrong(report: impl Into<String>) -> Self {
        Verdict { is_pass: false, kind: None, report: report.into() }
    }

    /// What was seen to be right, other than by schedules.
    pub(crate) fn right(report: impl Into<String>) -> Self {
        Verdict { is_pass: true, kind: None, report: report.into() }
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome.failure() {
            Some(failure) => Verdict { is_pass: false, kind: Some(failure.kind()), report: failure.to_string() },
            None if outcome.is_exhaustive() => {
                Verdict::right(format!("passes: none of all {} schedules fails\n", outcome.schedules_run()))
            }
            None => Verdict::right(format!("passes: none of {} schedules fails\n", outcome.schedules_run())),
        }
    }
}

impl From<Result<(), Broken>> for Verdict {
    fn from(verdict: Result<(), Broken>) -> Self {
        match verdict {
            Ok(()) => Verdict::right("passes: it keeps all laws\n"),
            Err(broken) => Verdict::wrong(broken.to_string()),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in &self.lines {
            writeln!(f, "{}", format!("{number:>5} | {line}").trim_end())?;
        }
        Ok(())
    }
}
