//! An error with its sources, as text.

use std::error::Error;
use std::fmt;

/// Shows an error and its sources, separated by colons: `no settings: reading the config: file not found`.
///
/// Skips a source if the previous error already ends with its text, since many errors include the text of their source.
pub(crate) struct ErrorChain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.0.to_string();
        f.write_str(&last)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            let text = error.to_string();
            if !last.ends_with(&text) {
                write!(f, ": {text}")?;
                last = text;
            }
            source = error.source();
        }
        Ok(())
    }
}

/// Returns the first line of a text, with an ellipsis if there are more.
#[cfg(feature = "tokio")]
pub(crate) fn first_line(text: &str) -> String {
    match text.trim_end().split_once('\n') {
        None => text.trim_end().to_owned(),
        Some((first, _)) => format!("{} ..", first.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thiserror::Error;

    #[derive(Debug, Error)]
    #[error("reading {path}")]
    struct Reading {
        path: &'static str,
        source: std::io::Error,
    }

    #[derive(Debug, Error)]
    #[error("no settings: {source}")]
    struct Repeating {
        source: Reading,
    }

    fn reading() -> Reading {
        Reading { path: "a.toml", source: std::io::Error::other("disk is gone") }
    }

    #[test]
    fn each_source_is_shown_once() {
        assert_eq!(ErrorChain(&reading()).to_string(), "reading a.toml: disk is gone");
        let repeating = Repeating { source: reading() };
        assert_eq!(ErrorChain(&repeating).to_string(), "no settings: reading a.toml: disk is gone");
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn only_the_first_line_remains() {
        assert_eq!(first_line("one\n"), "one");
        assert_eq!(first_line("one\n  two"), "one ..");
    }
}
