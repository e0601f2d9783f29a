use std::error::Error;
use std::fmt;

/// How a call ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ending<'a> {
    /// It returned what is no error.
    Returned,
    /// It returned an error.
    Failed(Failure<'a>),
    /// Its future was dropped before it was ready, as by a timeout around it, a `select!`, or a caller that has gone.
    Dropped,
    /// It panicked.
    Panicked,
}

/// What is told of a method's error: as much as its type has.
///
/// Its text is the error's `Display`, if it has one, or else its `Debug`.
#[derive(Clone, Copy)]
pub struct Failure<'a> {
    pub(super) error: Option<&'a (dyn Error + 'static)>,
    pub(super) display: Option<&'a dyn fmt::Display>,
    pub(super) debug: Option<&'a dyn fmt::Debug>,
}

impl<'a> Failure<'a> {
    /// The error, if its type implements [`Error`] and borrows nothing. It can be downcast.
    pub fn error(&self) -> Option<&'a (dyn Error + 'static)> {
        self.error
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.display, self.debug) {
            (Some(display), _) => display.fmt(f),
            (None, Some(debug)) => debug.fmt(f),
            (None, None) => f.write_str("an error without a text"),
        }
    }
}

/// The error's `Debug`, if it has one, or else its `Display`.
impl fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.debug {
            Some(debug) => debug.fmt(f),
            None => fmt::Display::fmt(self, f),
        }
    }
}
