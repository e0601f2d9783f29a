//! Tracks which tasks draw random numbers from tokio, and how many in one poll. A `tokio::select!` draws one number, to
//! choose the branch at which it begins.
//!
//! The first few draws of a poll can be steered. A task that draws repeatedly in one poll, for example in a loop, is
//! preempted after each operation to limit its draws.

use std::ops::Range;
use std::panic::Location;

/// Draws of earlier runs. Except for the limits, they only save work and do not change later runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelectDraws {
    /// Whether any task draws.
    is_any: bool,
    /// Tasks that draw.
    pub(crate) drawing: Vec<DrawSite>,
    /// Tasks that draw more than once in a poll, with the number of draws in one poll. They are preempted after each
    /// operation, so that they draw no more than that.
    limits: Vec<DrawLimit>,
}

/// Limits how often a task may draw in one poll: it is preempted before it draws more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawLimit {
    site: DrawSite,
    draws: u32,
}

/// Identifies a task across runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DrawSite {
    /// A task, identified by its spawn site. Its name may be different each time.
    Task(&'static Location<'static>),
    /// All raw tasks.
    RawTasks,
}

/// An unexpected draw. The run is repeated with this draw accounted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnknownDraw {
    /// Some task draws.
    Unattributed,
    /// A task at this site draws.
    At(DrawSite),
    /// A task at this site draws this often in one poll.
    Repeated(DrawSite, u32),
}

/// Maximum number of draws that are steered in one poll. Each further draw would take four times as long.
pub(crate) const MAX_STEERED: u32 = 4;

/// Converts a position among the branches of a `select!`, from 0 to 1, to a random number.
const fn fraction((numerator, denominator): (u64, u64)) -> u32 {
    ((numerator << 32).div_ceil(denominator) - (numerator == denominator) as u64) as u32
}

/// Ranges of the random number of a single `select!`. With up to 16 branches, all numbers in a range select the same
/// branch. The first range is the default, and selects the first branch.
const WIDE: [[(u64, u64); 2]; 5] =
    [[(0, 1), (1, 16)], [(15, 16), (1, 1)], [(1, 2), (8, 15)], [(1, 4), (4, 15)], [(3, 4), (10, 13)]];

/// Ranges for each of several `select!`s in one poll, with up to 4 branches.
const NARROW: [[(u64, u64); 2]; 3] = [[(0, 1), (1, 4)], [(3, 4), (1, 1)], [(1, 2), (2, 3)]];

/// Descriptions of the branches that the ranges select.
const NAMES: [&str; 5] = [
    "its first branch",
    "its last branch",
    "the branch halfway through",
    "the branch a quarter through",
    "the branch three quarters through",
];

/// Returns the number of starts for `count` draws in a poll: combinations of a range for each draw.
pub(crate) fn start_count(count: u32) -> u32 {
    if count <= 1 { WIDE.len() as u32 } else { (NARROW.len() as u32).pow(count) }
}

/// Returns the wanted range of each draw, for one of the starts.
pub(crate) fn wanted(count: u32, start: u32) -> Vec<Range<u32>> {
    // `ThreadRng` compares each number minus 1.
    let range = |[from, to]: [(u64, u64); 2]| fraction(from)..fraction(to) - 1;
    match count {
        0 | 1 => vec![range(WIDE[start as usize])],
        _ => digits(count, start).map(|digit| range(NARROW[digit])).collect(),
    }
}

fn digits(count: u32, start: u32) -> impl Iterator<Item = usize> {
    (0..count).scan(start, |rest, _| {
        let digit = *rest as usize % NARROW.len();
        *rest /= NARROW.len() as u32;
        Some(digit)
    })
}

/// Describes the branches at which the `select!`s of a poll begin, for a report.
pub(crate) fn select_starts(count: u32, start: u32) -> String {
    if count <= 1 {
        return NAMES.get(start as usize).unwrap_or(&NAMES[0]).to_string();
    }
    digits(count, start).map(|digit| NAMES[digit]).collect::<Vec<_>>().join(", then at ")
}

impl SelectDraws {
    /// Adds an unexpected draw of a run.
    pub(crate) fn learn(&mut self, draw: UnknownDraw) {
        self.is_any = true;
        match draw {
            UnknownDraw::Unattributed => {}
            UnknownDraw::At(site) => self.drawing.push(site),
            UnknownDraw::Repeated(site, times) => match self.limits.iter_mut().find(|limit| limit.site == site) {
                Some(limit) => limit.draws = times,
                None => self.limits.push(DrawLimit { site, draws: times }),
            },
        }
    }

    /// Returns whether any task has drawn so far.
    pub(crate) fn is_any(&self) -> bool {
        self.is_any
    }

    /// Replaces the limits.
    pub(crate) fn keep_limits(&mut self, limits: &[DrawLimit]) {
        if self.limits.is_empty() && limits.is_empty() {
            return;
        }
        self.limits.clear();
        self.limits.extend_from_slice(limits);
    }

    /// Returns the tasks with limits, and their limits.
    pub(crate) fn limits(&self) -> &[DrawLimit] {
        &self.limits
    }

    /// Returns the limit of a task; 0 means unlimited.
    pub(crate) fn limit(&self, site: &DrawSite) -> u32 {
        self.limits.iter().find(|limit| limit.site == *site).map_or(0, |limit| limit.draws)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(number: u32, branches: u64) -> u64 {
        (u64::from(number) * branches) >> 32
    }

    #[test]
    fn each_start_selects_one_branch() {
        let ends = |range: &Range<u32>| [range.start, range.end - 1];
        for start in 0..start_count(1) {
            for branches in 2..=16 {
                let [first, last] = ends(&wanted(1, start)[0]).map(|number| branch(number, branches));
                assert_eq!(first, last, "start {start} of {branches}");
            }
        }
        for start in 0..start_count(3) {
            for range in wanted(3, start) {
                for branches in 2..=4 {
                    let [first, last] = ends(&range).map(|number| branch(number, branches));
                    assert_eq!(first, last, "start {start} of {branches}");
                }
            }
        }
    }

    #[test]
    fn each_of_three_branches_can_be_first() {
        let first: std::collections::BTreeSet<_> =
            (0..start_count(1)).map(|start| branch(wanted(1, start)[0].start, 3)).collect();
        assert_eq!(first.len(), 3);
        let first: std::collections::BTreeSet<_> = (0..start_count(2))
            .map(|start| wanted(2, start).iter().map(|range| branch(range.start, 3)).collect::<Vec<_>>())
            .collect();
        assert_eq!(first.len(), 9);
    }

    #[test]
    fn the_default_is_the_first_branch() {
        assert!((1..=MAX_STEERED).all(|count| wanted(count, 0).iter().all(|range| range.start == 0)));
        assert_eq!(select_starts(1, 1), "its last branch");
        assert_eq!(select_starts(2, 1), "its last branch, then at its first branch");
    }
}
