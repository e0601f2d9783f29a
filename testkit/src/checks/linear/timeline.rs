//! Operations as intervals, drawn in characters.

use std::fmt::Write;

/// How wide a timeline is at most, its margin and the names of the clients included.
const WIDTH: usize = 100;

/// How many characters of an operation and its response are shown.
pub(super) const LONGEST: usize = 72;

/// How far two events are apart at least.
const APART: usize = 2;

const MARGIN: &str = "  ";

/// An operation, as it is drawn.
pub(super) struct Interval {
    pub(super) lane: usize,
    pub(super) text: String,
    /// Numbers of its events.
    pub(super) called: usize,
    pub(super) ended: Option<usize>,
    pub(super) ending: Ending,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Returned,
    /// Nobody waited for it any longer.
    GivenUp,
    /// It was under way when the history ended.
    Open,
}

impl Ending {
    fn mark(self) -> char {
        match self {
            Ending::Returned => '|',
            Ending::GivenUp => '?',
            Ending::Open => '>',
        }
    }
}

/// Draws a line for each lane that is used, below one for what there is at first. Where operations are too long for a line,
/// they are numbered; where they are too many, the lines go on below.
pub(super) fn timeline((name, first): (String, String), lanes: &[String], intervals: &[Interval]) -> String {
    let is_used = |lane: usize| intervals.iter().any(|interval| interval.lane == lane);
    let lanes: Vec<_> = lanes.iter().enumerate().filter(|(lane, _)| is_used(*lane)).collect();
    let names = lanes.iter().map(|(_, lane)| lane.chars().count()).chain([name.len()]).max().unwrap_or(0);
    let room = WIDTH.saturating_sub(MARGIN.len() + names + 2).max(LONGEST / 2);
    let texts: Vec<_> = intervals.iter().map(|interval| interval.text.clone()).collect();
    let numbers: Vec<_> = (1..=intervals.len()).map(|number| number.to_string()).collect();
    let whole = Layout::new(intervals, &texts, 2);
    let (layout, is_numbered) =
        if whole.width <= room { (whole, false) } else { (Layout::new(intervals, &numbers, 1), true) };
    let rows: Vec<_> = lanes.iter().map(|(lane, name)| (name, layout.row(*lane))).collect();

    let mut drawn = format!("{MARGIN}{name:names$}  {}\n", cut(&first, LONGEST));
    for from in (0..layout.width).step_by(room) {
        for (lane, row) in &rows {
            let part: String = row[from..row.len().min(from + room)].iter().collect();
            _ = writeln!(drawn, "{}", format!("{MARGIN}{lane:names$}  {part}").trim_end());
        }
        if from + room < layout.width {
            drawn.push('\n');
        }
    }
    if is_numbered {
        let digits = numbers.last().map_or(0, String::len);
        for (number, text) in numbers.iter().zip(&texts) {
            _ = writeln!(drawn, "{MARGIN}{:names$}  {number:>digits$}  {text}", "");
        }
    }
    for (ending, told) in [
        (Ending::GivenUp, "?  given up: it took effect, will do so later, or never"),
        (Ending::Open, ">  had not returned: it took effect, or did not"),
    ] {
        if intervals.iter().any(|interval| interval.ending == ending) {
            _ = writeln!(drawn, "{MARGIN}{:names$}  {told}", "");
        }
    }
    drawn
}

/// The text, if it has no more than so many characters, else its beginning.
pub(super) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 3).chain([' ', '.', '.']).collect()
}

/// Where everything stands.
struct Layout<'a> {
    intervals: &'a [Interval],
    texts: &'a [String],
    /// The column of each interval's ends.
    ends: Vec<(usize, usize)>,
    width: usize,
}

impl<'a> Layout<'a> {
    /// Gives each event the first column in which it is behind the one before, and in which the texts fit, with some dashes
    /// on both sides.
    fn new(intervals: &'a [Interval], texts: &'a [String], dashes: usize) -> Self {
        let needed = |index: usize| texts[index].chars().count() + 2 * dashes + 3;
        let mut events: Vec<_> = intervals.iter().enumerate().map(|(index, one)| (one.called, index, false)).collect();
        events.extend(intervals.iter().enumerate().filter_map(|(index, one)| Some((one.ended?, index, true))));
        events.sort_unstable();
        let mut ends = vec![(0, 0); intervals.len()];
        let mut next = 0;
        for (_, index, is_end) in events {
            if is_end {
                ends[index].1 = next.max(ends[index].0 + needed(index));
                next = ends[index].1 + APART;
            } else {
                ends[index].0 = next;
                next += APART;
            }
        }
        let open = |index: &usize| intervals[*index].ended.is_none();
        let fits =
            (0..intervals.len()).map(|index| if open(&index) { ends[index].0 + needed(index) } else { ends[index].1 });
        let last = fits.max().unwrap_or(0);
        for index in (0..intervals.len()).filter(open) {
            ends[index].1 = last;
        }
        Layout { intervals, texts, ends, width: last + 1 }
    }

    fn row(&self, lane: usize) -> Vec<char> {
        let mut row = vec![' '; self.width];
        let of_lane = self.intervals.iter().zip(self.texts).zip(&self.ends);
        for ((interval, text), &(start, end)) in of_lane.filter(|((interval, _), _)| interval.lane == lane) {
            row[start..end].fill('-');
            row[start] = '|';
            row[end] = interval.ending.mark();
            let text: Vec<_> = format!(" {text} ").chars().collect();
            let at = start + 1 + (end - start - 1 - text.len()) / 2;
            row[at..at + text.len()].copy_from_slice(&text);
        }
        row
    }
}
