//! What comes of a subject, compared between the ways in which it was polled.

use std::fmt;

/// How many characters of what differs are shown.
const WIDTH: usize = 160;

/// How many of the last that were the same are shown before it.
const CONTEXT: usize = 3;

/// All that has come of a subject in one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// Its items, or its one output.
    pub(super) items: Vec<String>,
    /// Its bytes, where it is read.
    pub(super) bytes: Vec<u8>,
    /// What it has failed with, if it did.
    pub(super) error: Option<String>,
    /// It would have gone on: what it has come to is a beginning.
    pub(super) is_endless: bool,
}

impl Outcome {
    pub(super) fn of_items(items: Vec<String>, error: Option<String>) -> Self {
        Outcome { items, error, ..Outcome::default() }
    }

    pub(super) fn of_bytes(bytes: Vec<u8>, error: Option<String>) -> Self {
        Outcome { bytes, error, ..Outcome::default() }
    }

    /// Its items in an order that does not depend on when they came.
    pub(super) fn sort(&mut self) {
        self.items.sort();
    }

    /// Whether both are the same, as far as they go.
    pub(super) fn agrees(&self, other: &Outcome) -> bool {
        if !self.is_endless && !other.is_endless {
            return self == other;
        }
        let items = self.items.len().min(other.items.len());
        let bytes = self.bytes.len().min(other.bytes.len());
        let is_longer = |one: &Outcome| one.items.len() > items || one.bytes.len() > bytes;
        self.items[..items] == other.items[..items]
            && self.bytes[..bytes] == other.bytes[..bytes]
            && (self.is_endless || !is_longer(other))
            && (other.is_endless || !is_longer(self))
    }

    /// Where both begin to differ, as text: this one, and the other.
    pub(super) fn difference(&self, other: &Outcome) -> [String; 2] {
        let items = self.items.iter().zip(&other.items).take_while(|(one, other)| one == other).count();
        let bytes = self.bytes.iter().zip(&other.bytes).take_while(|(one, other)| one == other).count();
        [self.from(items, bytes), other.from(items, bytes)]
    }

    /// What there is from some that were the same on.
    fn from(&self, items: usize, bytes: usize) -> String {
        let (items, bytes) = (items.saturating_sub(CONTEXT), bytes.saturating_sub(CONTEXT));
        let left_out = items + bytes;
        let rest = Outcome {
            items: self.items[items..].to_vec(),
            bytes: self.bytes[bytes..].to_vec(),
            error: self.error.clone(),
            is_endless: self.is_endless,
        };
        let text = rest.to_string();
        let cut = match text.char_indices().nth(WIDTH) {
            Some((at, _)) => format!("{} ..", &text[..at]),
            None => text,
        };
        if left_out > 0 { format!(".. {cut}") } else { cut }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.items.clone();
        if !self.bytes.is_empty() {
            parts.push(format!("\"{}\"", self.bytes.escape_ascii()));
        }
        parts.extend(self.error.iter().map(|error| format!("error: {error}")));
        if parts.is_empty() {
            parts.push("nothing".to_owned());
        }
        if self.is_endless {
            parts.push("and so on".to_owned());
        }
        f.write_str(&parts.join(", "))
    }
}
