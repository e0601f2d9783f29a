//! Names of the three hooks, for errors and timeouts.

use std::fmt;

/// A hook of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// `#[start]`
    Start,
    /// `#[run]`
    Run,
    /// `#[stop]`
    Stop,
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Hook::Start => "#[start]",
            Hook::Run => "#[run]",
            Hook::Stop => "#[stop]",
        })
    }
}
