//! Draws operations as intervals, in text.

use std::fmt::Write;

/// Maximum width of a timeline, including the margin and the names of the clients.
const WIDTH: usize = 100;

/// Maximum number of characters shown of an operation and its response.
pub(super) const LONGEST: usize = 72;

/// Minimum distance between two events.
const MIN_DISTANCE: usize = 2;

const MARGIN: &str = "  ";

/// An operation to draw.
pub(super) struct Interval {
    pub(super) lane: usize,
    pub(super) text: String,
    /// Number of the event of its call.
    pub(super) called: usize,
    /// Number of the event of its end.
    pub(super) ended: Option<usize>,
    pub(super) ending: Ending,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Returned,
    /// The caller abandoned the operation.
    GivenUp,
    /// The operation was still in progress when the history ended.
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

/// Draws a line for the initial state and one for each lane that is used. Numbers the operations if they are too long
/// for a line, and continues the lines below if there are too many operations.
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
    for (ending, legend) in [
        (Ending::GivenUp, "?  abandoned: it took effect, may do so later, or never does"),
        (Ending::Open, ">  not returned: it may or may not have taken effect"),
    ] {
        if intervals.iter().any(|interval| interval.ending == ending) {
            _ = writeln!(drawn, "{MARGIN}{:names$}  {legend}", "");
        }
    }
    drawn
}

/// Cuts a text off after `longest` characters.
pub(super) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 3).chain([' ', '.', '.']).collect()
}

/// Columns of all intervals.
struct Layout<'a> {
    intervals: &'a [Interval],
    texts: &'a [String],
    /// Columns of the start and end of each interval.
    ends: Vec<(usize, usize)>,
    width: usize,
}

impl<'a> Layout<'a> {
    /// Places each event in the first column that is right of the previous event and leaves room for the texts, with
    /// some dashes on both sides.
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
                next = ends[index].1 + MIN_DISTANCE;
            } else {
                ends[index].0 = next;
                next += MIN_DISTANCE;
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
