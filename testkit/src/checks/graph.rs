//! Graphs of containers, kept in the repository.

use std::fs;
use std::path::Path;

use di_core::Graph;

/// Compares the graph of a container with the file at `path`, which holds it as Mermaid, so that a change of the wiring is
/// seen in a pull request: GitHub draws it, before and after.
///
/// `path` is taken from the package's folder, where cargo runs tests. With the environment variable `TESTKIT_UPDATE` set,
/// the file is written instead.
///
/// ```no_run
/// # use di_core::Container;
/// # #[derive(Container)]
/// # struct App { #[input] number: u8 }
/// #[test]
/// fn the_wiring_is_as_reviewed() {
///     testkit::graph::assert_golden(App::GRAPH, "wiring.mmd");
/// }
/// ```
///
/// # Panics
/// If the file is not there or differs, with the lines that do; and if it cannot be written.
#[track_caller]
pub fn assert_golden(graph: &Graph, path: impl AsRef<Path>) {
    let path = path.as_ref();
    let is = graph.to_mermaid();
    if std::env::var_os("TESTKIT_UPDATE").is_some() {
        fs::write(path, is).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        return;
    }
    let was = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    if was != is {
        panic!(
            "the wiring of `{}` is not as in {}:\n{}\nif it is as it should be, run the test with TESTKIT_UPDATE=1",
            graph.name(),
            path.display(),
            difference(&was, &is)
        );
    }
}

/// The lines that only one of the two has.
fn difference(was: &str, is: &str) -> String {
    let only = |of: &str, other: &str, mark: char| {
        let lines = of.lines().filter(|line| !other.lines().any(|other| other == *line));
        lines.map(|line| format!("{mark} {line}\n")).collect::<String>()
    };
    only(was, is, '-') + &only(is, was, '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_differ_are_shown() {
        assert_eq!(difference("a\nb\nc\n", "a\nc\nd\n"), "- b\n+ d\n");
    }
}
