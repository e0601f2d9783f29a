//! The error of a scope.

use std::error::Error;
use std::fmt;

use super::error::{Described, HookFailure, main_failure, write_failures};
use crate::construct::BuildError;
use crate::graph::Node;

/// Error of a [`Scope`](super::Scope) that could not be built, committed or rolled back.
///
/// `{}` shows one line, without the error of the constructor or hook, which is the [`source`](Error::source). `{:?}` shows
/// every failure with its sources.
pub struct ScopeError {
    pub(super) container: &'static str,
    pub(super) build: Option<BuildError>,
    pub(super) failures: Vec<HookFailure>,
    pub(super) committed: Vec<&'static Node>,
}

impl ScopeError {
    /// Returns the error of the build, if the scope could not be built.
    pub fn build_error(&self) -> Option<&BuildError> {
        self.build.as_ref()
    }

    /// Returns the `#[commit]` and `#[rollback]` hooks that failed, in order.
    pub fn failures(&self) -> &[HookFailure] {
        &self.failures
    }

    /// Returns the components that had been committed when the `#[commit]` hook of another one failed.
    pub fn committed(&self) -> &[&'static Node] {
        &self.committed
    }
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.build {
            Some(build) => write!(f, "{build}")?,
            None => write!(f, "`{}`: ", self.container)?,
        }
        if self.build.is_some() && !self.failures.is_empty() {
            f.write_str("; then ")?;
        }
        write_failures(f, &self.failures)
    }
}

/// Shows every failure with its sources, because `main` prints a returned error with `{:?}`.
impl fmt::Debug for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "\n  ";
        match (&self.build, self.failures.len()) {
            (Some(build), _) => write!(f, "{build:?}")?,
            (None, 1) => {
                write!(f, "`{}`: ", self.container)?;
                separator = "";
            }
            (None, count) => write!(f, "`{}`: {count} hooks failed", self.container)?,
        }
        self.failures.iter().try_for_each(|failure| write!(f, "{separator}{}", Described(failure)))?;
        if !self.committed.is_empty() {
            let committed: Vec<_> = self.committed.iter().map(|node| node.to_string()).collect();
            write!(f, "\n  already committed: {}", committed.join(", "))?;
        }
        Ok(())
    }
}

/// The source is that of the build error, or the error of the first hook that returned one.
impl Error for ScopeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.build {
            Some(build) => build.source(),
            None => main_failure(&self.failures)?.source(),
        }
    }
}
