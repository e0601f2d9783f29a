use std::cmp::Reverse;

use clap::Parser;

use crate::{CHAPTERS, Chapter};

/// Shows the pitfalls of the story: wrong code, the test that finds it, its report, and what mends it.
///
/// Without an argument, it lists the chapters.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// The chapter to show: its tests are run, and print what they find
    #[arg(value_parser = chapter)]
    pub chapter: Option<&'static Chapter>,
    /// Show all of them
    #[arg(long, conflicts_with = "chapter")]
    pub all: bool,
}

fn chapter(name: &str) -> Result<&'static Chapter, String> {
    CHAPTERS.iter().find(|chapter| chapter.name == name).ok_or_else(|| {
        let names: Vec<_> = nearest(name).into_iter().map(|chapter| chapter.name).collect();
        format!("there is no chapter of this name. There are, the nearest first: {}", names.join(", "))
    })
}

/// The chapters, those whose names are most like it first.
fn nearest(name: &str) -> Vec<&'static Chapter> {
    let mut chapters: Vec<_> = CHAPTERS.iter().collect();
    let likeness = |chapter: &Chapter| (strsim::jaro_winkler(name, chapter.name) * 1e6) as u32;
    chapters.sort_by_key(|chapter| Reverse(likeness(chapter)));
    chapters
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_chapter_is_found_by_its_name() {
        let cli = Cli::try_parse_from(["pitfalls", "deadlock"]).unwrap();
        assert_eq!(cli.chapter.unwrap().name, "deadlock");
    }

    #[test]
    fn an_unknown_name_is_told_the_nearest_first() {
        let error = Cli::try_parse_from(["pitfalls", "deadlok"]).unwrap_err().to_string();
        assert!(error.contains("the nearest first: deadlock, "), "{error}");
        assert!(CHAPTERS.iter().all(|chapter| error.contains(chapter.name)), "{error}");
    }
}
