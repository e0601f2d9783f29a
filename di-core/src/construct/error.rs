//! Errors of builds and slices, and their messages.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use thiserror::Error;

use crate::graph::{Graph, Node};
use crate::internal::{BoxError, ErrorChain};

/// Error returned when a container or a slice cannot be built.
///
/// `{}` shows one line without the constructor's error, which is the [`source`](std::error::Error::source) and can be
/// downcast. `{:?}`, which `main` prints, also shows the error with its sources, the dependents, the time, and the
/// fields that had been built:
///
/// ```text
/// could not build `App`: `store` (SqliteStore) failed: unable to open database file: /nope/catalog.db
///   needed by `replicator` (Replicator), `sessions` (UploadSession)
///   after 12 ms; already built, now dropped: config, ambient, clock
/// ```
///
/// [`kind`](BuildError::kind) returns all parts as values.
#[derive(Error)]
#[error(transparent)]
pub struct BuildError(Box<BuildErrorKind>);

impl BuildError {
    /// Returns the kind of error, with its parts as values.
    pub fn kind(&self) -> &BuildErrorKind {
        &self.0
    }
}

impl From<BuildErrorKind> for BuildError {
    fn from(kind: BuildErrorKind) -> Self {
        BuildError(Box::new(kind))
    }
}

/// Shows all parts as text, because `main` prints a returned error with `{:?}`. `{:#?}` shows the parts as values.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { fmt::Debug::fmt(&self.0, f) } else { self.0.describe(f) }
    }
}

/// The kinds of [`BuildError`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildErrorKind {
    /// A constructor or a provider returned an error.
    #[error("could not build `{container}`: {node} failed")]
    Constructor {
        /// Name of the container.
        container: &'static str,
        /// The node that failed: its field and its component.
        node: &'static Node,
        /// The constructor's error.
        source: BoxError,
        /// Direct dependents that this build would have built.
        needed_by: Vec<&'static Node>,
        /// Time from the start of the build to the failure.
        elapsed: Duration,
        /// Names of the fields that were built before the failure, in order of construction. Inputs and overrides come
        /// first.
        built: Vec<&'static str>,
    },
    /// An async constructor or provider exceeded its timeout.
    #[error("could not build `{container}`: {node} took longer than {limit:?}")]
    TimedOut {
        /// Name of the container.
        container: &'static str,
        /// The node that took too long: its field and its component.
        node: &'static Node,
        /// The timeout.
        limit: Duration,
        /// Direct dependents that this build would have built.
        needed_by: Vec<&'static Node>,
        /// Time from the start of the build to the failure.
        elapsed: Duration,
        /// Names of the fields that were built before the failure, in order of construction. Inputs and overrides come
        /// first.
        built: Vec<&'static str>,
    },
    /// A slice needs an input that was not supplied. Nothing was built.
    #[error("{0}")]
    Unsupplied(Unsupplied),
    /// A strict slice has overrides that it does not need. Nothing was built.
    #[error(
        "could not build this slice of `{container}`: it is strict, but does not need the overrides of {}",
        list(&[&overrides[..], wrapped].concat(), |name| format!("`{name}`"))
    )]
    UnusedOverride {
        /// Name of the container.
        container: &'static str,
        /// Names of the fields that are overridden by values and not needed.
        overrides: Vec<&'static str>,
        /// Names of the fields that are overridden by functions of the real value and not needed.
        wrapped: Vec<&'static str>,
        /// Names of the requested fields.
        requested: Vec<&'static str>,
    },
    /// A slice requests one field twice, as in `get::<(Arc<A>, Arc<A>)>()`. Nothing was built.
    #[error("could not build this slice of `{container}`: `{field}` is requested twice; request it once, and clone it")]
    RequestedTwice {
        /// Name of the container.
        container: &'static str,
        /// Name of the field.
        field: &'static str,
    },
}

impl BuildErrorKind {
    /// Writes the error with its sources and its circumstances, and with those of a failed module.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", ErrorChain(self))?;
        match self {
            BuildErrorKind::Constructor { needed_by, elapsed, built, .. }
            | BuildErrorKind::TimedOut { needed_by, elapsed, built, .. } => {
                if !needed_by.is_empty() {
                    write!(f, "\n  needed by {}", list(needed_by, |node| node.to_string()))?;
                }
                write!(f, "\n  after {}; {}", milliseconds(*elapsed), built_before(built))?;
                self.describe_modules(f)
            }
            BuildErrorKind::Unsupplied(unsupplied) => unsupplied.describe(f),
            BuildErrorKind::UnusedOverride { overrides, wrapped, requested, .. } => {
                let requested = list(requested, |name| format!("`{name}`"));
                let setters = overrides.iter().map(|name| format!("`.with_{name}(..)`"));
                let setters: Vec<_> = setters.chain(wrapped.iter().map(|name| format!("`.wrap_{name}(..)`"))).collect();
                let setters = list(&setters, String::clone);
                write!(f, "\n  {requested} does not depend on them: remove {setters}, or `.strict()`")
            }
            BuildErrorKind::RequestedTwice { .. } => Ok(()),
        }
    }

    /// Writes the circumstances of the modules that failed: a module's error is the source of its container's error.
    fn describe_modules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut source = self.source();
        while let Some(error) = source {
            if let Some(
                BuildErrorKind::Constructor { container, needed_by, elapsed, built, .. }
                | BuildErrorKind::TimedOut { container, needed_by, elapsed, built, .. },
            ) = error.downcast_ref::<BuildError>().map(BuildError::kind)
            {
                write!(f, "\n  in `{container}`, after {}; {}", milliseconds(*elapsed), built_before(built))?;
                if !needed_by.is_empty() {
                    write!(f, "; needed by {}", list(needed_by, |node| node.to_string()))?;
                }
            }
            source = error.source();
        }
        Ok(())
    }
}

/// A slice needs an input that was not supplied.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unsupplied {
    /// Name of the container.
    pub container: &'static str,
    /// The input.
    pub input: &'static Node,
    /// The path from the requested node to the node that takes the input. Empty if the input itself was requested.
    pub path: Vec<&'static Node>,
}

impl Unsupplied {
    pub(super) fn new(graph: &Graph, input: usize, needed_by: &[Option<usize>]) -> Self {
        let mut path = Vec::new();
        let mut at = input;
        while let Some(needing) = needed_by[at] {
            path.push(&graph.nodes()[needing]);
            at = needing;
        }
        path.reverse();
        Unsupplied { container: graph.name(), input: &graph.nodes()[input], path }
    }
}

impl Unsupplied {
    /// Writes the path to the input and the ways to supply it, each after a line break.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unsupplied { input, path, .. } = self;
        if !path.is_empty() {
            let steps: Vec<_> = path.iter().map(|node| node.to_string()).collect();
            write!(f, "\n  needed by {}", steps.join(" -> "))?;
        }
        write!(f, "\n  supply it with `.with_{}(..)`", input.name())?;
        let between: Vec<_> = path.iter().skip(1).filter(|node| node.is_field()).map(|node| node.name()).collect();
        if !between.is_empty() {
            let ways: Vec<_> = between.iter().map(|name| format!("`.with_{name}(..)`")).collect();
            write!(f, ", or override a field between: {}", ways.join(" or "))?;
        }
        Ok(())
    }
}

/// Shows one line.
impl fmt::Display for Unsupplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not build this slice of `{}`: input {} was not supplied", self.container, self.input)
    }
}

/// Number of nodes that a message lists before it counts the rest.
const MAX_LISTED: usize = 8;

fn list<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    let mut names: Vec<_> = items.iter().take(MAX_LISTED).map(text).collect();
    if items.len() > MAX_LISTED {
        names.push(format!("and {} more", items.len() - MAX_LISTED));
    }
    names.join(", ")
}

fn built_before(built: &[&'static str]) -> String {
    if built.is_empty() {
        return "nothing had been built".into();
    }
    format!("already built, now dropped: {}", list(built, |name| name.to_string()))
}

fn milliseconds(time: Duration) -> String {
    if time < Duration::from_millis(1) {
        format!("{} us", time.as_micros())
    } else {
        format!("{} ms", time.as_millis())
    }
}
