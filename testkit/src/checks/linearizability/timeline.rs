//! Draws the operations of clients as intervals, in text.

use std::fmt::Write;

/// Maximum width of a timeline, including the margin and the names of the clients.
const MAX_WIDTH: usize = 100;

/// Maximum number of characters shown of an operation and its response.
pub(super) const MAX_TEXT_CHARS: usize = 72;

/// Minimum distance between two events.
const MIN_DISTANCE: usize = 2;

const MARGIN: &str = "  ";

/// Label of the line for the initial state.
const INITIALLY: &str = "initially";

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

/// End of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Returned,
    /// The caller abandoned the operation.
    Abandoned,
    /// The operation was still in progress when the history ended.
    Open,
}

impl Ending {
    fn mark(self) -> char {
        match self {
            Ending::Returned => '|',
            Ending::Abandoned => '?',
            Ending::Open => '>',
        }
    }
}

/// Draws a line for the initial state and one for each lane that is used. Numbers the operations if they are too long
/// for a line, and continues the lines below if there are too many operations.
pub(super) fn timeline(initial: &str, lanes: &[String], intervals: &[Interval]) -> String {
    let is_used = |lane: usize| intervals.iter().any(|interval| interval.lane == lane);
    let lanes: Vec<_> = lanes.iter().enumerate().filter(|(lane, _)| is_used(*lane)).collect();
    let names = lanes.iter().map(|(_, lane)| lane.chars().count()).chain([INITIALLY.len()]).max().unwrap_or(0);
    let room = MAX_WIDTH.saturating_sub(MARGIN.len() + names + 2).max(MAX_TEXT_CHARS / 2);
    let texts: Vec<_> = intervals.iter().map(|interval| interval.text.clone()).collect();
    let numbers: Vec<_> = (1..=intervals.len()).map(|number| number.to_string()).collect();
    let whole = Layout::new(intervals, &texts, 2);
    let (layout, is_numbered) =
        if whole.width <= room { (whole, false) } else { (Layout::new(intervals, &numbers, 1), true) };
    let rows: Vec<_> = lanes.iter().map(|(lane, name)| (name, layout.row(*lane))).collect();

    let mut drawn = format!("{MARGIN}{INITIALLY:names$}  {}\n", cut(initial, MAX_TEXT_CHARS));
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
        (Ending::Abandoned, "?  abandoned: it took effect, may do so later, or never does"),
        (Ending::Open, ">  not returned: it may or may not have taken effect"),
    ] {
        if intervals.iter().any(|interval| interval.ending == ending) {
            _ = writeln!(drawn, "{MARGIN}{:names$}  {legend}", "");
        }
    }
    drawn
}

/// Shortens a text to at most `max` characters.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max - 3).chain([' ', '.', '.']).collect()
}

/// Columns of all intervals.
struct Layout<'a> {
    intervals: &'a [Interval],
    texts: &'a [String],
    /// Columns of each interval.
    spans: Vec<Span>,
    width: usize,
}

/// First and last column of an interval.
#[derive(Clone, Copy, Default)]
struct Span {
    start: usize,
    end: usize,
}

/// Call or end of an operation, in the order of time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    /// Number of the event in the history.
    number: usize,
    /// Index of the interval.
    interval: usize,
    is_end: bool,
}

impl<'a> Layout<'a> {
    /// Places each event in the first column that is right of the previous event and leaves room for the texts, with
    /// some dashes on both sides.
    fn new(intervals: &'a [Interval], texts: &'a [String], dashes: usize) -> Self {
        let needed = |index: usize| texts[index].chars().count() + 2 * dashes + 3;
        let mut events = Vec::new();
        for (index, interval) in intervals.iter().enumerate() {
            events.push(Event { number: interval.called, interval: index, is_end: false });
            events.extend(interval.ended.map(|number| Event { number, interval: index, is_end: true }));
        }
        events.sort_unstable();
        let mut spans = vec![Span::default(); intervals.len()];
        let mut next = 0;
        for Event { interval, is_end, .. } in events {
            let span = &mut spans[interval];
            if is_end {
                span.end = next.max(span.start + needed(interval));
                next = span.end + MIN_DISTANCE;
            } else {
                span.start = next;
                next += MIN_DISTANCE;
            }
        }
        let is_open = |index: &usize| intervals[*index].ended.is_none();
        let ends = (0..intervals.len())
            .map(|index| if is_open(&index) { spans[index].start + needed(index) } else { spans[index].end });
        let last = ends.max().unwrap_or(0);
        for index in (0..intervals.len()).filter(is_open) {
            spans[index].end = last;
        }
        Layout { intervals, texts, spans, width: last + 1 }
    }

    fn row(&self, lane: usize) -> Vec<char> {
        let mut row = vec![' '; self.width];
        let intervals = self.intervals.iter().zip(self.texts).zip(&self.spans);
        for ((interval, text), &Span { start, end }) in intervals.filter(|((interval, _), _)| interval.lane == lane) {
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
