use std::error::Error;
use std::fmt;

/// Way in which a call ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ending<'a> {
    /// The call returned without an error.
    Returned,
    /// The call returned an error.
    Failed(Failure<'a>),
    /// The future of the call was dropped before it completed, for example by an outer timeout, a `select!`, or a
    /// dropped caller.
    Dropped,
    /// The call panicked.
    Panicked,
}

/// View of a method's error, limited to the traits that the error's type implements.
///
/// `Display` shows the error's `Display` text, or else its `Debug` text.
#[derive(Clone, Copy)]
pub struct Failure<'a> {
    pub(super) error: Option<&'a (dyn Error + 'static)>,
    pub(super) display: Option<&'a dyn fmt::Display>,
    pub(super) debug: Option<&'a dyn fmt::Debug>,
}

impl<'a> Failure<'a> {
    /// Returns the error if its type implements [`Error`] and borrows nothing. It can be downcast.
    pub fn error(&self) -> Option<&'a (dyn Error + 'static)> {
        self.error
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.display, self.debug) {
            (Some(display), _) => display.fmt(f),
            (None, Some(debug)) => debug.fmt(f),
            (None, None) => f.write_str("an error without `Display` and `Debug`"),
        }
    }
}

/// Shows the error's `Debug` text, or else its `Display` text.
impl fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.debug {
            Some(debug) => debug.fmt(f),
            None => fmt::Display::fmt(self, f),
        }
    }
}
