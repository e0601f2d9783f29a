//! Table of the polls and events of a run.

use std::fmt;

/// Maximum number of rows shown. Earlier rows are skipped.
const MAX_ROWS: usize = 24;

/// Maximum number of characters shown for a result.
const MAX_RESULT_CHARS: usize = 60;

/// Polls of a subject, and events around them, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    Poll {
        action: String,
        waker: String,
        result: String,
    },
    /// An event between polls, or during the previous poll.
    Event(String),
}

impl History {
    /// Adds a poll.
    pub(super) fn poll(&mut self, action: &str, waker: &str, result: &str) {
        let row = Row::Poll { action: action.to_owned(), waker: waker.to_owned(), result: cut(result) };
        self.rows.push(row);
    }

    /// Adds an external event.
    pub(super) fn event(&mut self, text: impl Into<String>) {
        self.rows.push(Row::Event(text.into()));
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_RESULT_CHARS {
        return text.to_owned();
    }
    text.chars().take(MAX_RESULT_CHARS).chain([' ', '.', '.']).collect()
}

/// Formats a table with one row for each entry. Polls are numbered.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_poll = |row: &&Row| matches!(row, Row::Poll { .. });
        let (before, shown) = self.rows.split_at(self.rows.len().saturating_sub(MAX_ROWS));
        let mut number = before.iter().filter(is_poll).count();
        let width = |title: &str, of: fn(&Row) -> usize| shown.iter().map(of).chain([title.len()]).max().unwrap_or(0);
        // An external event has a line of its own, however long.
        let actions = width("poll", |row| if let Row::Poll { action, .. } = row { action.chars().count() } else { 0 });
        let wakers = width("waker", |row| if let Row::Poll { waker, .. } = row { waker.len() } else { 0 });
        if shown.iter().any(|row| is_poll(&row)) {
            writeln!(f, "    {:>4}  {:actions$}  {:wakers$}  result", "", "poll", "waker")?;
        }
        if number > 0 {
            writeln!(f, "    {:>4}  the first {number} are skipped", "..")?;
        }
        for row in shown {
            match row {
                Row::Event(text) => writeln!(f, "    {:>4}    - {text}", "")?,
                Row::Poll { action, waker, result } => {
                    number += 1;
                    writeln!(f, "    {number:>4}  {action:actions$}  {waker:wakers$}  {result}")?;
                }
            }
        }
        Ok(())
    }
}
