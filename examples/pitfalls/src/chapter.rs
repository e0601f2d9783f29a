use crate::{Excerpt, Source, Verdict};

/// A chapter of the story: wrong code, what finds it, and what mends it.
#[derive(Debug)]
pub struct Chapter {
    /// What the command line calls it.
    pub name: &'static str,
    /// What who wrote it saw, and why, in one line.
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
