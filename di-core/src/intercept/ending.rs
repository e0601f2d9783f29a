//! Outcomes of a call, as interceptors see them.

use std::error::Error;
use std::fmt;

/// End of a call.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ending<'a> {
    /// The call returned a value that is not an error.
    Returned,
    /// The call returned an error.
    Failed(Failure<'a>),
    /// The call's future was dropped before it was ready: by a timeout around it, a `select!`, or a cancelled caller.
    Dropped,
    /// The call panicked.
    Panicked,
}

/// A method's error, with the traits that its type implements.
///
/// Displays as the error's `Display`, or else as its `Debug`.
#[derive(Clone, Copy)]
pub struct Failure<'a> {
    pub(super) error: Option<&'a (dyn Error + 'static)>,
    pub(super) display: Option<&'a dyn fmt::Display>,
    pub(super) debug: Option<&'a dyn fmt::Debug>,
}

impl<'a> Failure<'a> {
    /// Returns the error, if its type implements [`Error`] and borrows nothing. It can be downcast.
    pub fn error(&self) -> Option<&'a (dyn Error + 'static)> {
        self.error
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.display, self.debug) {
            (Some(display), _) => display.fmt(f),
            (None, Some(debug)) => debug.fmt(f),
            (None, None) => f.write_str("an error that is neither `Display` nor `Debug`"),
        }
    }
}

/// Shows the error's `Debug`, or else its `Display`.
impl fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.debug {
            Some(debug) => debug.fmt(f),
            None => fmt::Display::fmt(self, f),
        }
    }
}
