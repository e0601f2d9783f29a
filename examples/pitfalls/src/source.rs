//! Excerpts of the chapters' source files, with line numbers.

use std::fmt;

/// A source file of this package.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Path of the file, relative to the workspace.
    pub file: &'static str,
    /// Content of the file.
    pub text: &'static str,
}

/// Lines of a source file, displayed with their numbers.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// Path of the file, relative to the workspace.
    pub file: &'static str,
    /// Lines, each with its number.
    pub lines: Vec<(usize, &'static str)>,
}

impl Source {
    /// Returns the body of a top-level module.
    ///
    /// # Panics
    /// Panics if the file has no module of this name.
    pub(crate) fn module(self, name: &str) -> Excerpt {
        let first = format!("mod {name} {{");
        let lines = (1..).zip(self.text.lines());
        let inner = lines.skip_while(|(_, line)| *line != first).skip(1).take_while(|(_, line)| *line != "}");
        // Imports are not part of the excerpt.
        let body = inner.skip_while(|(_, line)| line.is_empty() || line.trim_start().starts_with("use "));
        let lines: Vec<_> = body.map(|(number, line)| (number, line.strip_prefix("    ").unwrap_or(line))).collect();
        assert!(!lines.is_empty(), "{} has no `{first}`", self.file);
        Excerpt { file: self.file, lines }
    }

    /// Returns the whole file without its module documentation.
    pub(crate) fn whole(self) -> Excerpt {
        let lines = (1..).zip(self.text.lines());
        let lines = lines.skip_while(|(_, line)| line.is_empty() || line.starts_with("//!")).collect();
        Excerpt { file: self.file, lines }
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
