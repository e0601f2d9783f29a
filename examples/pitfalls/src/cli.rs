//! Arguments of the command line, with suggestions for a misspelled chapter.

use std::cmp::Reverse;

use clap::Parser;

use crate::{CHAPTERS, Chapter};

/// Shows pitfalls of async Rust: the wrong code, the report of the test that finds the bug, and the fix.
///
/// Without arguments, lists the chapters.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// Chapter to show; its tests run and print their reports
    #[arg(value_parser = chapter)]
    pub chapter: Option<&'static Chapter>,
    /// Show all chapters
    #[arg(long, conflicts_with = "chapter")]
    pub all: bool,
}

fn chapter(name: &str) -> Result<&'static Chapter, String> {
    CHAPTERS.iter().find(|chapter| chapter.name == name).ok_or_else(|| {
        let names: Vec<_> = by_similarity(name).into_iter().map(|chapter| chapter.name).collect();
        format!("no such chapter; available chapters, closest match first: {}", names.join(", "))
    })
}

/// Returns the chapters, the most similar name first.
fn by_similarity(name: &str) -> Vec<&'static Chapter> {
    let mut chapters: Vec<_> = CHAPTERS.iter().collect();
    let similarity = |chapter: &Chapter| (strsim::jaro_winkler(name, chapter.name) * 1e6) as u32;
    chapters.sort_by_key(|chapter| Reverse(similarity(chapter)));
    chapters
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_definition_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_chapter_is_found_by_its_name() {
        let cli = Cli::try_parse_from(["pitfalls", "deadlock"]).unwrap();
        assert_eq!(cli.chapter.unwrap().name, "deadlock");
    }

    #[test]
    fn an_unknown_name_lists_the_closest_match_first() {
        let error = Cli::try_parse_from(["pitfalls", "deadlok"]).unwrap_err().to_string();
        assert!(error.contains("closest match first: deadlock, "), "{error}");
        assert!(CHAPTERS.iter().all(|chapter| error.contains(chapter.name)), "{error}");
    }
}
