use std::fmt;

/// A file of this package.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Where it is, from the workspace's folder on.
    pub file: &'static str,
    /// What is in there.
    pub text: &'static str,
}

/// Lines of a file. Its text has their numbers.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// Where the file is, from the workspace's folder on.
    pub file: &'static str,
    /// The lines, each with its number.
    pub lines: Vec<(usize, &'static str)>,
}

impl Source {
    /// A module in it, without its first line and its last.
    ///
    /// # Panics
    /// If it has none of this name.
    pub(crate) fn module(self, name: &str) -> Excerpt {
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
