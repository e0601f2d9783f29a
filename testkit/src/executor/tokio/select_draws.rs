//! Tracks which tasks draw tokio's random numbers, and how many in one poll. A `tokio::select!` draws one to choose the
//! branch at which it begins.
//!
//! The first few draws of a poll can be steered. A task that draws repeatedly in one poll, in a loop, is preempted
//! after each operation to avoid further draws.

use std::ops::Range;
use std::panic::Location;

/// Knowledge about draws from earlier runs. All of it except the limits only saves work, and does not change any run.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelectDraws {
    /// Whether any task draws at all.
    is_any: bool,
    /// Tasks that draw.
    pub(crate) drawing: Vec<DrawSite>,
    /// Tasks that draw more than once in a poll. They are preempted, and the number is how often they still draw in one
    /// poll.
    limits: Vec<(DrawSite, u32)>,
}

/// Identifies a task across runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DrawSite {
    /// Spawn site. Not the name, as each task may have a different one.
    Task(&'static Location<'static>),
    /// All raw tasks.
    RawTasks,
}

/// New knowledge from a run. The run is repeated with this knowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnknownDraw {
    /// Some task draws.
    Something,
    /// A task with this site draws.
    At(DrawSite),
    /// A task with this site draws this often in one poll.
    Often(DrawSite, u32),
}

/// Maximum number of draws steered in one poll. Each additional one takes four times as long.
pub(crate) const MAX_STEERED: u32 = 4;

/// Converts a fraction of the branches of a `select!` to a random number.
const fn fraction((numerator, denominator): (u64, u64)) -> u32 {
    ((numerator << 32).div_ceil(denominator) - (numerator == denominator) as u64) as u32
}

/// Ranges in which a `select!` may begin. With up to 16 branches, all numbers in a range select the same branch. The
/// first range is the default and selects the first branch.
const WIDE: [[(u64, u64); 2]; 5] =
    [[(0, 1), (1, 16)], [(15, 16), (1, 1)], [(1, 2), (8, 15)], [(1, 4), (4, 15)], [(3, 4), (10, 13)]];

/// Ranges for several `select!`s in one poll, each with up to 4 branches.
const NARROW: [[(u64, u64); 2]; 3] = [[(0, 1), (1, 4)], [(3, 4), (1, 1)], [(1, 2), (2, 3)]];

/// Names of the branches that the ranges select.
const NAMES: [&str; 5] = [
    "its first branch",
    "its last branch",
    "the branch half way through",
    "the branch a quarter through",
    "the branch three quarters through",
];

/// Returns the number of ways to steer `count` draws.
pub(crate) fn ways(count: u32) -> u32 {
    if count <= 1 { WIDE.len() as u32 } else { (NARROW.len() as u32).pow(count) }
}

/// Returns the wanted range of each number, for one of the ways.
pub(crate) fn wanted(count: u32, way: u32) -> Vec<Range<u32>> {
    // Numbers are compared less one.
    let range = |[from, to]: [(u64, u64); 2]| fraction(from)..fraction(to) - 1;
    match count {
        0 | 1 => vec![range(WIDE[way as usize])],
        _ => digits(count, way).map(|digit| range(NARROW[digit])).collect(),
    }
}

fn digits(count: u32, way: u32) -> impl Iterator<Item = usize> {
    (0..count).scan(way, |rest, _| {
        let digit = *rest as usize % NARROW.len();
        *rest /= NARROW.len() as u32;
        Some(digit)
    })
}

/// Describes where the `select!`s of a poll begin, for a report.
pub(crate) fn select_starts(count: u32, way: u32) -> String {
    if count <= 1 {
        return NAMES.get(way as usize).unwrap_or(&NAMES[0]).to_string();
    }
    digits(count, way).map(|digit| NAMES[digit]).collect::<Vec<_>>().join(", then at ")
}

impl SelectDraws {
    /// Adds knowledge from a run.
    pub(crate) fn learn(&mut self, draw: UnknownDraw) {
        self.is_any = true;
        match draw {
            UnknownDraw::Something => {}
            UnknownDraw::At(site) => self.drawing.push(site),
            UnknownDraw::Often(site, times) => match self.limits.iter_mut().find(|(other, _)| *other == site) {
                Some((_, known)) => *known = times,
                None => self.limits.push((site, times)),
            },
        }
    }

    /// Returns whether any task has drawn so far.
    pub(crate) fn is_any(&self) -> bool {
        self.is_any
    }

    /// Replaces the limits by `limits`.
    pub(crate) fn keep_limits(&mut self, limits: &[(DrawSite, u32)]) {
        if self.limits.is_empty() && limits.is_empty() {
            return;
        }
        self.limits.clear();
        self.limits.extend_from_slice(limits);
    }

    /// Returns the tasks with limits.
    pub(crate) fn limits(&self) -> &[(DrawSite, u32)] {
        &self.limits
    }

    pub(crate) fn limit(&self, site: &DrawSite) -> u32 {
        self.limits.iter().find(|(other, _)| other == site).map_or(0, |(_, times)| *times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(number: u32, branches: u64) -> u64 {
        (u64::from(number) * branches) >> 32
    }

    #[test]
    fn each_way_selects_one_branch() {
        let ends = |range: &Range<u32>| [range.start, range.end - 1];
        for way in 0..ways(1) {
            for branches in 2..=16 {
                let [first, last] = ends(&wanted(1, way)[0]).map(|number| start(number, branches));
                assert_eq!(first, last, "way {way} of {branches}");
            }
        }
        for way in 0..ways(3) {
            for range in wanted(3, way) {
                for branches in 2..=4 {
                    let [first, last] = ends(&range).map(|number| start(number, branches));
                    assert_eq!(first, last, "way {way} of {branches}");
                }
            }
        }
    }

    #[test]
    fn each_of_three_branches_can_be_first() {
        let begun: std::collections::BTreeSet<_> = (0..ways(1)).map(|way| start(wanted(1, way)[0].start, 3)).collect();
        assert_eq!(begun.len(), 3);
        let begun: std::collections::BTreeSet<_> = (0..ways(2))
            .map(|way| wanted(2, way).iter().map(|range| start(range.start, 3)).collect::<Vec<_>>())
            .collect();
        assert_eq!(begun.len(), 9);
    }

    #[test]
    fn the_default_is_the_first_branch() {
        assert!((1..=MAX_STEERED).all(|count| wanted(count, 0).iter().all(|range| range.start == 0)));
        assert_eq!(select_starts(1, 1), "its last branch");
        assert_eq!(select_starts(2, 1), "its last branch, then at its first branch");
    }
}
