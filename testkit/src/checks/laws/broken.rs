//! Report on a broken law: the observation, the usual fix and the polls.

use std::error::Error;
use std::fmt;
use std::panic::Location;

use super::Law;
use super::history::History;
use crate::internal::short_place;

/// Error returned when a subject breaks a law. Displays the law, the observation and the polls before it.
#[derive(Clone)]
pub struct Broken {
    pub(super) law: Law,
    /// Observation that shows the violation.
    pub(super) observation: String,
    pub(super) history: History,
    pub(super) place: Option<&'static Location<'static>>,
}

impl Broken {
    /// Returns the broken law.
    pub fn law(&self) -> Law {
        self.law
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "law {:?} is broken: {}", self.law, self.law)?;
        writeln!(f, "  seen     {}", self.observation)?;
        writeln!(f, "  advice   {}", self.law.advice())?;
        if let Some(place) = self.place {
            writeln!(f, "  checked  at {}", short_place(place.file(), place.line()))?;
        }
        write!(f, "{}", self.history)
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Broken {}
