//! Hook failures as a public error.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::construct::{BuildError, Construction};
use crate::graph::Node;
use crate::hooks::Hook;
use crate::internal::{BoxError, ErrorChain, first_line};

/// Error returned when a [`Host`](super::Host) fails to start, run or stop. It lists every failure, in the order of
/// occurrence.
///
/// `{}` shows one line without the error of the hook or constructor, which is the [`source`](Error::source). `{:?}`,
/// which `main` prints, shows every failure with its error and the sources of that:
///
/// ```text
/// `App`: 2 hooks failed
///   #[run] of `server` (Server) failed: address in use
///   #[stop] of `database` (Database) took longer than 15s
/// ```
#[non_exhaustive]
pub enum HostError {
    /// The container could not be built.
    Build(BuildError),
    /// Hooks failed.
    Hooks {
        /// Name of the container.
        container: &'static str,
        /// The failures; never empty.
        failures: Vec<HookFailure>,
    },
    /// The end was requested before everything had started. The components that had started were stopped.
    Interrupted {
        /// Name of the container.
        container: &'static str,
        /// The constructors and `#[start]` hooks that were cut off.
        unfinished: Vec<Unfinished>,
        /// Time from the start of the build to the interruption.
        elapsed: Duration,
        /// Failures while the started components were stopped.
        failures: Vec<HookFailure>,
    },
}

/// A hook that failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HookFailure {
    /// The container of the component. For a component of a module, this is the module.
    pub container: &'static str,
    /// The component.
    pub node: &'static Node,
    /// The hook that failed.
    pub hook: Hook,
    /// The cause.
    pub cause: HookFailureCause,
    /// The error that the hook returned.
    error: Option<Arc<dyn Error + Send + Sync>>,
}

/// Cause of a hook's failure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HookFailureCause {
    /// The hook returned an error with this text. It is the [`source`](Error::source) of the [`HookFailure`].
    Failed(String),
    /// The hook panicked with this message.
    Panicked(String),
    /// The hook exceeded this timeout.
    TimedOut(Duration),
    /// The hook exceeded its share of the time for the whole stop,
    /// [`HostOptions::stop_within`](super::HostOptions::stop_within).
    CutShort {
        /// The time that the hook had.
        share: Duration,
        /// The time for the whole stop.
        whole: Duration,
    },
    /// The hook was not called, since the time for the whole stop was over.
    NotCalled {
        /// The time for the whole stop.
        whole: Duration,
    },
    /// The task of the hook was aborted, but did not end within this time: it does not return from a poll. The host went
    /// on without it.
    StillRunning(Duration),
    /// A `#[run(forever)]` task returned before shutdown was requested.
    EndedEarly,
    /// A second signal ended the stop.
    CutOff {
        /// Whether the hook was running. If not, it was not called.
        was_running: bool,
    },
}

/// A constructor or `#[start]` hook that was cut off.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Unfinished {
    /// The container of the component. For a component of a module, this is the module.
    pub container: &'static str,
    /// The component.
    pub node: &'static Node,
    /// The hook; `None` for a constructor.
    pub hook: Option<Hook>,
    /// Time since the constructor or hook was called.
    pub elapsed: Duration,
}

impl HostError {
    /// Returns the hooks that failed. Empty if the container could not be built.
    pub fn failures(&self) -> &[HookFailure] {
        match self {
            HostError::Build(_) => &[],
            HostError::Hooks { failures, .. } | HostError::Interrupted { failures, .. } => failures,
        }
    }

    /// Returns the constructors and `#[start]` hooks that were cut off when the start was interrupted.
    pub fn unfinished(&self) -> &[Unfinished] {
        match self {
            HostError::Interrupted { unfinished, .. } => unfinished,
            HostError::Build(_) | HostError::Hooks { .. } => &[],
        }
    }

    /// Writes every failure with its error and the sources of that.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostError::Build(error) => fmt::Debug::fmt(error, f),
            HostError::Hooks { container, failures } => match &failures[..] {
                [only] => write!(f, "`{container}`: {}", Described(only)),
                _ => {
                    write!(f, "`{container}`: {} hooks failed", failures.len())?;
                    failures.iter().try_for_each(|failure| write!(f, "\n  {}", Described(failure)))
                }
            },
            HostError::Interrupted { container, unfinished, elapsed, failures } => {
                write!(f, "`{container}` was interrupted {elapsed:?} after it began to start")?;
                unfinished.iter().try_for_each(|unfinished| write!(f, "\n  {unfinished}"))?;
                failures.iter().try_for_each(|failure| write!(f, "\n  {}", Described(failure)))
            }
        }
    }
}

impl From<BuildError> for HostError {
    fn from(error: BuildError) -> Self {
        HostError::Build(error)
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostError::Build(error) => fmt::Display::fmt(error, f),
            HostError::Hooks { container, failures } => {
                write!(f, "`{container}`: ")?;
                write_failures(f, failures)
            }
            HostError::Interrupted { container, unfinished, elapsed, failures } => {
                write!(f, "`{container}` was interrupted {elapsed:?} after it began to start")?;
                let mut separator = ": ";
                for unfinished in unfinished {
                    write!(f, "{separator}{unfinished}")?;
                    separator = ", ";
                }
                if failures.is_empty() {
                    return Ok(());
                }
                f.write_str("; then ")?;
                write_failures(f, failures)
            }
        }
    }
}

/// Writes failures in one line.
pub(super) fn write_failures(f: &mut fmt::Formatter<'_>, failures: &[HookFailure]) -> fmt::Result {
    let Some(main) = main_failure(failures) else { return Ok(()) };
    write!(f, "{main}")?;
    let mut separator = match failures.len() - 1 {
        0 => return Ok(()),
        1 => ", and 1 more hook failed: ".to_owned(),
        more => format!(", and {more} more hooks failed: "),
    };
    for HookFailure { hook, node, .. } in failures.iter().filter(|failure| !std::ptr::eq(*failure, main)) {
        write!(f, "{separator}{hook} of {node}")?;
        separator = ", ".to_owned();
    }
    Ok(())
}

/// Returns the failure that supplies the source of an error: the first one with an error, or the first one.
pub(super) fn main_failure(failures: &[HookFailure]) -> Option<&HookFailure> {
    failures.iter().find(|failure| failure.error.is_some()).or(failures.first())
}

/// Shows every failure with its sources, because `main` prints a returned error with `{:?}`.
impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)
    }
}

/// The source is that of the build error, or the error of the first hook that returned one.
impl Error for HostError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            HostError::Build(error) => error.source(),
            HostError::Hooks { failures, .. } | HostError::Interrupted { failures, .. } => {
                main_failure(failures)?.source()
            }
        }
    }
}

impl HookFailure {
    pub(super) fn new(container: &'static str, node: &'static Node, hook: Hook, cause: HookFailureCause) -> Self {
        HookFailure { container, node, hook, cause, error: None }
    }

    /// Creates the failure of a hook that returned an error.
    pub(super) fn failed(container: &'static str, node: &'static Node, hook: Hook, error: BoxError) -> Self {
        let cause = HookFailureCause::Failed(error.to_string());
        HookFailure { error: Some(Arc::from(error)), ..HookFailure::new(container, node, hook, cause) }
    }
}

/// The source is the error that the hook returned.
impl Error for HookFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.as_ref().map(|error| &**error as &(dyn Error + 'static))
    }
}

/// Shows one line without the error that the hook returned.
impl fmt::Display for HookFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            HookFailureCause::Panicked(message) => {
                write!(f, "{} of {} panicked: {}", self.hook, self.node, first_line(message))
            }
            _ => write!(f, "{} of {} {}", self.hook, self.node, self.event()),
        }
    }
}

impl HookFailure {
    /// Describes what happened to the hook.
    fn event(&self) -> String {
        match &self.cause {
            HookFailureCause::Failed(_) => "failed".into(),
            HookFailureCause::Panicked(message) => format!("panicked: {message}"),
            HookFailureCause::TimedOut(time) if self.hook == Hook::Run => {
                format!("did not end within {time:?} after shutdown was requested")
            }
            HookFailureCause::TimedOut(time) => format!("took longer than {time:?}"),
            HookFailureCause::CutShort { share, whole } => {
                format!("did not end within {share:?}, its share of the {whole:?} for the whole stop")
            }
            HookFailureCause::NotCalled { whole } => {
                format!("was not called: the {whole:?} for the whole stop were over")
            }
            HookFailureCause::StillRunning(time) => {
                format!("was still running {time:?} after it was aborted, since it does not return from a poll")
            }
            HookFailureCause::EndedEarly => "returned before shutdown was requested, although it runs `forever`".into(),
            HookFailureCause::CutOff { was_running: true } => "was cut off by a second signal".into(),
            HookFailureCause::CutOff { was_running: false } => "was not called, because of a second signal".into(),
        }
    }
}

/// Shows a failure with its error and the sources of that.
pub(super) struct Described<'a>(pub(super) &'a HookFailure);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HookFailure { hook, node, error, .. } = self.0;
        write!(f, "{hook} of {node} {}", self.0.event())?;
        match error {
            Some(error) => write!(f, ": {}", ErrorChain(&**error)),
            None => Ok(()),
        }
    }
}

impl From<Construction> for Unfinished {
    fn from(Construction { container, node, begun }: Construction) -> Self {
        Unfinished { container, node, hook: None, elapsed: begun.elapsed() }
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hook {
            None => write!(f, "{} was being constructed for {:?}", self.node, self.elapsed),
            Some(hook) => write!(f, "{hook} of {} had been running for {:?}", self.node, self.elapsed),
        }
    }
}
