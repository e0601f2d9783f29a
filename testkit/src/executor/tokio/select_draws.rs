//! Which tasks draw tokio's random numbers, and how many in one poll: those by which a `tokio::select!` begins at one of its
//! branches.
//!
//! The first few of a poll can be steered. More are avoided: a task that draws again and again in one poll, in a loop, is
//! preempted after each operation.

use std::ops::Range;
use std::panic::Location;

/// What earlier runs have shown. All of it but the limits only saves work, and changes no run.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelectDraws {
    /// Whether anything is drawn at all.
    is_any: bool,
    /// Whose polls draw.
    pub(crate) drawing: Vec<DrawSite>,
    /// Whose polls draw more than once, unless they are preempted; and how many times all the same.
    limits: Vec<(DrawSite, u32)>,
}

/// What tasks of several runs have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DrawSite {
    /// Where it was spawned. Names may be as many as tasks.
    Task(&'static Location<'static>),
    /// All tasks of `tokio::spawn`.
    RawTasks,
}

/// What a run has shown anew: it is done once more, with that known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnknownDraw {
    /// Something, somewhere.
    Something,
    /// A task of this site.
    At(DrawSite),
    /// A task of this site, so many times in one poll.
    Often(DrawSite, u32),
}

/// So many numbers of a poll are steered at the most. With each more, it takes four times as long.
pub(crate) const MAX_STEERED: u32 = 4;

/// A fraction of a `select!`'s branches, of so many.
const fn part((part, of): (u64, u64)) -> u32 {
    ((part << 32).div_ceil(of) - (part == of) as u64) as u32
}

/// Where a `select!` may begin: these give the same branch for all numbers of them up to 16. The first is the default, and
/// gives the first branch.
const WIDE: [[(u64, u64); 2]; 5] =
    [[(0, 1), (1, 16)], [(15, 16), (1, 1)], [(1, 2), (8, 15)], [(1, 4), (4, 15)], [(3, 4), (10, 13)]];

/// The same for several of one poll, each of up to 4 branches.
const NARROW: [[(u64, u64); 2]; 3] = [[(0, 1), (1, 4)], [(3, 4), (1, 1)], [(1, 2), (2, 3)]];

/// What the branch is called.
const NAMES: [&str; 5] =
    ["its first branch", "its last branch", "half way", "a quarter of the way", "three quarters of the way"];

/// How many ways there are to steer so many numbers.
pub(crate) fn ways(count: u32) -> u32 {
    if count <= 1 { WIDE.len() as u32 } else { (NARROW.len() as u32).pow(count) }
}

/// What each number is to be, in one of the ways.
pub(crate) fn wanted(count: u32, way: u32) -> Vec<Range<u32>> {
    // The number is told less one.
    let range = |[from, to]: [(u64, u64); 2]| part(from)..part(to) - 1;
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

/// Where the `select!`s of a poll begin, in one of the ways, as a report tells it.
pub(crate) fn select_starts(count: u32, way: u32) -> String {
    if count <= 1 {
        return NAMES.get(way as usize).unwrap_or(&NAMES[0]).to_string();
    }
    digits(count, way).map(|digit| NAMES[digit]).collect::<Vec<_>>().join(", then at ")
}

impl SelectDraws {
    /// Takes in what a run has shown.
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

    /// Whether anything is drawn at all, by any task so far.
    pub(crate) fn is_any(&self) -> bool {
        self.is_any
    }

    /// Forgets the limits, but for the first few.
    pub(crate) fn keep_limits(&mut self, limits: &[(DrawSite, u32)]) {
        if self.limits.is_empty() && limits.is_empty() {
            return;
        }
        self.limits.clear();
        self.limits.extend_from_slice(limits);
    }

    /// Whose polls are limited.
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
    fn a_way_gives_one_branch() {
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
    fn all_branches_of_three_are_begun_at() {
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
