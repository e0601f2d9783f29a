//! Parts of a chapter: its texts, its source files, and the functions that run its test.

use crate::{Excerpt, Report, Source};

/// A chapter: wrong code, the test that fails, and the fix.
#[derive(Debug)]
pub struct Chapter {
    /// Name on the command line.
    pub name: &'static str,
    /// One line with the symptom and its cause.
    pub pitfall: &'static str,
    /// One or two sentences that describe the fix.
    pub fix: &'static str,
    /// Source file of the chapter.
    pub source: Source,
    /// Source file of the wrong code, if that does not compile.
    pub uncompiled: Option<Source>,
    /// Runs the test with the wrong code.
    pub run_wrong: fn() -> Report,
    /// Runs the same test with the fixed code.
    pub run_fixed: fn() -> Report,
}

impl Chapter {
    /// Returns the wrong code.
    pub fn wrong_code(&self) -> Excerpt {
        self.uncompiled.map_or_else(|| self.source.module("wrong"), Source::whole)
    }

    /// Returns the fixed code.
    pub fn fixed_code(&self) -> Excerpt {
        self.source.module("fixed")
    }
}
