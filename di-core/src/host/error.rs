use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::failures::RecordedFailure;
use crate::construct::BuildError;
use crate::graph::Node;
use crate::hooks::Hook;
use crate::internal::BoxError;

/// Why a [`Host`](super::Host) did not start, or did not run and stop as it should. It has every failure, in the order in
/// which they happened.
#[derive(Error)]
#[non_exhaustive]
pub enum HostError {
    /// The container could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Hooks failed.
    #[error("{}", described(container, failures))]
    Hooks {
        /// Name of the container.
        container: &'static str,
        /// What failed; never empty.
        failures: Vec<HookFailure>,
        /// The error of the first failure, if it has one.
        source: Option<BoxError>,
    },
}

/// A hook that failed.
#[derive(Debug)]
pub struct HookFailure {
    /// The container of the component: a module's, where it is in one.
    pub container: &'static str,
    /// The component.
    pub node: &'static Node,
    /// Which of its hooks failed.
    pub hook: Hook,
    /// How.
    pub cause: HookFailureCause,
}

/// How a hook failed.
#[derive(Debug)]
pub enum HookFailureCause {
    /// It returned an error. That of the first failure is the [`source`](std::error::Error::source) of the [`HostError`].
    Failed(String),
    /// It panicked, with this message.
    Panicked(String),
    /// It took longer than this.
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

    /// The hooks that failed; none if the container could not be built.
    pub fn failures(&self) -> &[HookFailure] {
        match self {
            HostError::Build(_) => &[],
            HostError::Hooks { failures, .. } => failures,
        }
    }
}

/// The text, since `main` prints an error that it returns with `{:?}`.
impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn described(container: &str, failures: &[HookFailure]) -> String {
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
                write!(f, "did not end within {time:?} of being told to")
            }
            HookFailureCause::TimedOut(time) => write!(f, "took longer than {time:?}"),
        }
    }
}
