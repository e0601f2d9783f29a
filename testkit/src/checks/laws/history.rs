use std::fmt;

/// How many of the last rows are shown.
const MOST: usize = 24;

/// How many characters of a result are shown.
const WIDTH: usize = 60;

/// What was done to a subject, and what it did, in its order.
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
    /// What happened between polls, or during the one before.
    Outside(String),
}

impl History {
    /// A poll.
    pub(super) fn poll(&mut self, action: &str, waker: &str, result: &str) {
        let row = Row::Poll { action: action.to_owned(), waker: waker.to_owned(), result: cut(result) };
        self.rows.push(row);
    }

    /// What happened outside.
    pub(super) fn happened(&mut self, what: impl Into<String>) {
        self.rows.push(Row::Outside(what.into()));
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    text.chars().take(WIDTH).chain([' ', '.', '.']).collect()
}

/// A table, with a row for each; polls have numbers.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_poll = |row: &&Row| matches!(row, Row::Poll { .. });
        let (before, shown) = self.rows.split_at(self.rows.len().saturating_sub(MOST));
        let mut number = before.iter().filter(is_poll).count();
        let width = |title: &str, of: fn(&Row) -> usize| shown.iter().map(of).chain([title.len()]).max().unwrap_or(0);
        // What happens outside has a line of its own, however long.
        let actions = width("poll", |row| if let Row::Poll { action, .. } = row { action.chars().count() } else { 0 });
        let wakers = width("waker", |row| if let Row::Poll { waker, .. } = row { waker.len() } else { 0 });
        if shown.iter().any(|row| is_poll(&row)) {
            writeln!(f, "    {:>4}  {:actions$}  {:wakers$}  result", "", "poll", "waker")?;
        }
        if number > 0 {
            writeln!(f, "    {:>4}  the first {number} are left out", "..")?;
        }
        for row in shown {
            match row {
                Row::Outside(what) => writeln!(f, "    {:>4}    - {what}", "")?,
                Row::Poll { action, waker, result } => {
                    number += 1;
                    writeln!(f, "    {number:>4}  {action:actions$}  {waker:wakers$}  {result}")?;
                }
            }
        }
        Ok(())
    }
}
