//! Names of the hooks, for errors and timeouts.

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
    /// `#[commit]`
    Commit,
    /// `#[rollback]`
    Rollback,
}

impl Hook {
    /// Returns the name of the hook without the `#[..]` of its attribute.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code))]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Hook::Start => "start",
            Hook::Run => "run",
            Hook::Stop => "stop",
            Hook::Commit => "commit",
            Hook::Rollback => "rollback",
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#[{}]", self.name())
    }
}
