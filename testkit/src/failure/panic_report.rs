//! A panic as data, without its payload.

use std::fmt;

/// A panic: its message and source location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PanicReport {
    pub(crate) message: String,
    /// File, line and column, such as `src/store.rs:42:9`. Empty if unknown.
    pub(crate) place: String,
}

/// Shown instead of a message if a panic payload is not a string.
pub(crate) const NON_STRING_PAYLOAD: &str = "with a non-string payload";

impl PanicReport {
    /// Creates the report of a panic without a known message and place.
    pub(crate) fn without_message() -> Self {
        PanicReport { message: NON_STRING_PAYLOAD.to_owned(), place: String::new() }
    }
}

impl fmt::Display for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.place.is_empty() { Ok(()) } else { write!(f, " at {}", self.place) }
    }
}
