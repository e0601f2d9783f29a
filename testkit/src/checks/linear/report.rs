//! The report on a program that fails.

use std::fmt::Write;

use super::NotLinearizable;
use super::history::History;
use super::model::Model;
use super::program::Program;

/// Where a program comes from.
pub(super) enum Origin {
    /// The test has given it.
    Given,
    /// proptest has made it: which it was, of how many, and how many operations it had at first.
    Made { number: usize, count: u32, operations: usize },
}

/// What is wrong, the history, the choices of the schedule, and how to have it again.
pub(super) fn report<M: Model>(
    program: &Program<M>,
    run: &crate::Failure,
    history: &History<M>,
    refused: Option<&NotLinearizable>,
    origin: &Origin,
) -> String {
    let run = run.to_string();
    let (headline, rest) = run.split_once('\n').unwrap_or((&run, ""));
    let is_replay = |line: &&str| line.starts_with("  replay");
    let mut report = match refused {
        Some(refused) => refused.to_string(),
        None => format!("{headline}\n"),
    };
    for line in rest.lines().filter(|line| !is_replay(line)) {
        _ = writeln!(report, "{line}");
    }
    if refused.is_none() {
        _ = write!(report, "{history}");
    }
    let replay = rest.lines().find(is_replay).unwrap_or_default();
    match origin {
        Origin::Given => _ = writeln!(report, "  program   {program:?}\n{replay}"),
        Origin::Made { number, count, operations } => {
            let left = program.operations();
            let shrunk =
                if left < *operations { format!("; {operations} operations shrunk to {left}") } else { String::new() };
            _ = writeln!(report, "  program   {number} of {count}{shrunk}:\n            {program:?}");
            _ = writeln!(report, "{replay}, once the check has this program by `only`");
        }
    }
    report
}
