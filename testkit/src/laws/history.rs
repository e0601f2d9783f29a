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
struct Row {
    action: String,
    waker: String,
    result: String,
}

impl History {
    /// A poll, or an operation made of polls.
    pub(super) fn poll(&mut self, action: &str, waker: &str, result: &str) {
        let row = Row { action: action.to_owned(), waker: waker.to_owned(), result: cut(result) };
        self.rows.push(row);
    }

    /// What happened outside.
    pub(super) fn happened(&mut self, what: impl Into<String>) {
        self.rows.push(Row { action: what.into(), waker: String::new(), result: String::new() });
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    text.chars().take(WIDTH).chain([' ', '.', '.']).collect()
}

/// A table, with a row for each.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left_out = self.rows.len().saturating_sub(MOST);
        let shown = &self.rows[left_out..];
        let width = |of: fn(&Row) -> &str, title: &str| {
            shown.iter().map(|row| of(row).chars().count()).chain([title.len()]).max().unwrap_or(0)
        };
        // What happens outside has a line of its own, however long.
        let is_poll = |row: &&Row| !row.waker.is_empty();
        let actions = shown.iter().filter(is_poll).map(|row| row.action.chars().count()).max().unwrap_or(0);
        let wakers = width(|row| &row.waker, "waker");
        writeln!(f, "    {:>3}  {:actions$}  {:wakers$}  result", "", "", "waker")?;
        if left_out > 0 {
            writeln!(f, "    {:>3}  {left_out} before", "..")?;
        }
        for (at, row) in shown.iter().enumerate() {
            let line =
                format!("    {:>3}  {:actions$}  {:wakers$}  {}", left_out + at + 1, row.action, row.waker, row.result);
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
