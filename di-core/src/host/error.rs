//! Hook failures as a public error.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::failures::RecordedFailure;
use crate::construct::BuildError;
use crate::graph::Node;
use crate::hooks::Hook;
use crate::internal::BoxError;

/// Error returned when a [`Host`](super::Host) fails to start, run or stop. It lists every failure, in the order of
/// occurrence.
#[derive(Error)]
#[non_exhaustive]
pub enum HostError {
    /// The container could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Hooks failed.
    #[error("{}", describe(container, failures))]
    Hooks {
        /// Name of the container.
        container: &'static str,
        /// The failures; never empty.
        failures: Vec<HookFailure>,
        /// The error of the first failure, if it has one.
        source: Option<BoxError>,
    },
}

/// A hook that failed.
#[derive(Debug)]
pub struct HookFailure {
    /// The container of the component. For a component of a module, this is the module.
    pub container: &'static str,
    /// The component.
    pub node: &'static Node,
    /// The hook that failed.
    pub hook: Hook,
    /// The cause.
    pub cause: HookFailureCause,
}

/// Cause of a hook's failure.
#[derive(Debug)]
pub enum HookFailureCause {
    /// The hook returned an error. The first one is the [`source`](std::error::Error::source) of the [`HostError`].
    Failed(String),
    /// The hook panicked with this message.
    Panicked(String),
    /// The hook exceeded this timeout.
    TimedOut(Duration),
}

impl HostError {
    pub(super) fn hooks(container: &'static str, failures: Vec<RecordedFailure>) -> Self {
        let mut source = None;
        let failures = failures.into_iter().map(|RecordedFailure { failure, error }| {
            if source.is_none() {
                source = error;
            }
            failure
        });
        HostError::Hooks { container, failures: failures.collect(), source }
    }

    /// Returns the hooks that failed. Empty if the container could not be built.
    pub fn failures(&self) -> &[HookFailure] {
        match self {
            HostError::Build(_) => &[],
            HostError::Hooks { failures, .. } => failures,
        }
    }
}

/// Shows the same text as `Display`, because `main` prints a returned error with `{:?}`.
impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn describe(container: &str, failures: &[HookFailure]) -> String {
    match failures {
        [only] => format!("`{container}`: {only}"),
        _ => {
            let lines: Vec<_> = failures.iter().map(|failure| format!("\n  {failure}")).collect();
            format!("`{container}`: {} hooks failed{}", failures.len(), lines.concat())
        }
    }
}

impl fmt::Display for HookFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} ", self.hook, self.node)?;
        match &self.cause {
            HookFailureCause::Failed(error) => write!(f, "failed: {error}"),
            HookFailureCause::Panicked(message) => write!(f, "panicked: {message}"),
            HookFailureCause::TimedOut(time) if self.hook == Hook::Run => {
                write!(f, "did not end within {time:?} after shutdown was requested")
            }
            HookFailureCause::TimedOut(time) => write!(f, "took longer than {time:?}"),
        }
    }
}
