use std::fmt;

/// A panic: its message, and where it was raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PanicReport {
    pub(crate) message: String,
    /// File, line and column: `src/store.rs:42:9`. Empty if unknown.
    pub(crate) place: String,
}

/// Stands in for the message of a panic whose payload is not a string.
pub(crate) const NON_STRING_PAYLOAD: &str = "with a non-string payload";

impl PanicReport {
    /// A panic about which nothing is known but that it happened.
    pub(crate) fn without_message() -> Self {
        PanicReport { message: NON_STRING_PAYLOAD.to_owned(), place: String::new() }
    }
}

impl fmt::Display for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.place)
    }
}
