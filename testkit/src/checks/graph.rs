//! Golden files for the graphs of containers.

use std::fs;
use std::path::Path;

use di_core::Graph;

/// Asserts that the graph of a container matches the Mermaid golden file at `path`. A change of the wiring then shows
/// up in a pull request, where GitHub draws the graph before and after.
///
/// `path` is relative to the package's directory, where cargo runs tests. If the environment variable `TESTKIT_UPDATE`
/// is set, the file is written instead.
///
/// ```no_run
/// # use di_core::Container;
/// # #[derive(Container)]
/// # struct App { #[input] number: u8 }
/// #[test]
/// fn the_wiring_matches_its_golden_file() {
///     testkit::graph::assert_golden(App::GRAPH, "wiring.mmd");
/// }
/// ```
///
/// # Panics
/// Panics if the file is missing, differs or cannot be written. The message shows the lines that differ.
#[track_caller]
pub fn assert_golden(graph: &Graph, path: impl AsRef<Path>) {
    let path = path.as_ref();
    let actual = graph.to_mermaid();
    if std::env::var_os("TESTKIT_UPDATE").is_some() {
        fs::write(path, actual).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    if expected != actual {
        panic!(
            "the wiring of `{}` differs from {}:\n{}\nif the change is intended, run the test with TESTKIT_UPDATE=1",
            graph.name(),
            path.display(),
            difference(&expected, &actual)
        );
    }
}

/// Returns the lines that only one of the two contains, marked `-` for the golden file and `+` for the graph.
fn difference(expected: &str, actual: &str) -> String {
    let only = |of: &str, other: &str, mark: char| {
        let lines = of.lines().filter(|line| !other.lines().any(|other| other == *line));
        lines.map(|line| format!("{mark} {line}\n")).collect::<String>()
    };
    only(expected, actual, '-') + &only(actual, expected, '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_the_lines_that_differ() {
        assert_eq!(difference("a\nb\nc\n", "a\nc\nd\n"), "- b\n+ d\n");
    }
}
