//! Everything that a subject produced in a run, compared with the outcomes of other runs.

use std::fmt;

/// Maximum number of characters shown for a difference.
const MAX_DIFFERENCE_CHARS: usize = 160;

/// Maximum number of equal items or bytes shown before a difference.
const MAX_CONTEXT: usize = 3;

/// Everything that a subject produced in one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// Items, or the single output.
    pub(super) items: Vec<String>,
    /// Bytes read, for a reader.
    pub(super) bytes: Vec<u8>,
    /// Error, if it failed.
    pub(super) error: Option<String>,
    /// Whether the subject was stopped before its end. The outcome is then only a prefix.
    pub(super) is_endless: bool,
}

impl Outcome {
    pub(super) fn of_items(items: Vec<String>, error: Option<String>) -> Self {
        Outcome { items, error, ..Outcome::default() }
    }

    pub(super) fn of_bytes(bytes: Vec<u8>, error: Option<String>) -> Self {
        Outcome { bytes, error, ..Outcome::default() }
    }

    /// Sorts the items, so that their order does not depend on when they arrived.
    pub(super) fn sort(&mut self) {
        self.items.sort();
    }

    /// Returns whether the outcomes are equal. An endless outcome is compared only up to its last item or byte.
    pub(super) fn agrees_with(&self, other: &Outcome) -> bool {
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

    /// Returns both outcomes as text, from where they begin to differ.
    pub(super) fn difference(&self, other: &Outcome) -> [String; 2] {
        let items = self.items.iter().zip(&other.items).take_while(|(one, other)| one == other).count();
        let bytes = self.bytes.iter().zip(&other.bytes).take_while(|(one, other)| one == other).count();
        [self.text_from(items, bytes), other.text_from(items, bytes)]
    }

    /// Formats the outcome, starting shortly before these positions.
    fn text_from(&self, items: usize, bytes: usize) -> String {
        let (items, bytes) = (items.saturating_sub(MAX_CONTEXT), bytes.saturating_sub(MAX_CONTEXT));
        let skipped = items + bytes;
        let rest = Outcome {
            items: self.items[items..].to_vec(),
            bytes: self.bytes[bytes..].to_vec(),
            error: self.error.clone(),
            is_endless: self.is_endless,
        };
        let text = rest.to_string();
        let cut = match text.char_indices().nth(MAX_DIFFERENCE_CHARS) {
            Some((at, _)) => format!("{} ..", &text[..at]),
            None => text,
        };
        if skipped > 0 { format!(".. {cut}") } else { cut }
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
