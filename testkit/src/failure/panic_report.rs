//! A panic as data, without its payload.

use std::fmt;
use std::sync::Arc;

use crate::trace::TaskStack;

/// A panic: its message and source location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PanicReport {
    pub(crate) message: String,
    /// File, line and column, such as `src/store.rs:42:9`. Empty if unknown.
    pub(crate) place: String,
    pub(crate) stack: CallStack,
}

/// The call stack of a panic or of a poll that does not return, if it was captured. It does not take part in comparisons.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallStack(pub(crate) Option<Arc<TaskStack>>);

impl PartialEq for CallStack {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for CallStack {}

/// Shown instead of a message if a panic payload is not a string.
pub(crate) const NON_STRING_PAYLOAD: &str = "with a non-string payload";

impl PanicReport {
    /// Creates the report of a panic without a known message and place.
    pub(crate) fn without_message() -> Self {
        PanicReport::without_place(NON_STRING_PAYLOAD)
    }

    /// Creates the report of a panic without a known place.
    pub(crate) fn without_place(message: &str) -> Self {
        PanicReport { message: message.to_owned(), place: String::new(), stack: CallStack::default() }
    }
}

impl fmt::Display for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.place.is_empty() { Ok(()) } else { write!(f, " at {}", self.place) }
    }
}
