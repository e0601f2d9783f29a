//! Errors of builds and slices, and their messages.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use crate::graph::{Graph, Node};
use crate::internal::BoxError;

/// Error returned when a container or a slice cannot be built.
///
/// `{}` and `{:?}` both show the container, the field and its component, the constructor's error, the dependents, and
/// the fields that had been built:
///
/// ```text
/// could not build `App`: `store` (SqliteStore) failed: unable to open database file: /nope/catalog.db
///   needed by `replicator` (Replicator), `sessions` (UploadSession)
///   after 12 ms; already built, now dropped: config, ambient, clock
/// ```
///
/// [`source`](std::error::Error::source) is the constructor's error, which can be downcast. [`kind`](BuildError::kind)
/// returns all parts as values.
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

/// Shows the same text as `Display`, because `main` prints a returned error with `{:?}`. `{:#?}` shows the parts.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { fmt::Debug::fmt(&self.0, f) } else { fmt::Display::fmt(&self.0, f) }
    }
}

/// The kinds of [`BuildError`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildErrorKind {
    /// A constructor or a provider returned an error.
    #[error(
        "could not build `{container}`: {node} failed: {source}{}\n  after {}; {}",
        needed_by_line(needed_by),
        milliseconds(*elapsed),
        built_before(built)
    )]
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
    /// A slice needs an input that was not supplied. Nothing was built.
    #[error("{0}")]
    Unsupplied(Unsupplied),
    /// A strict slice has overrides that it does not need. Nothing was built.
    #[error(
        "could not build this slice of `{container}`: it is strict, but does not need the overrides of {}\n  {} does not \
         depend on them: remove {}, or `.strict()`",
        list(overrides, |name| format!("`{name}`")),
        list(requested, |name| format!("`{name}`")),
        list(overrides, |name| format!("`.with_{name}(..)`"))
    )]
    UnusedOverride {
        /// Name of the container.
        container: &'static str,
        /// Names of the overridden fields that are not needed.
        overrides: Vec<&'static str>,
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

impl fmt::Display for Unsupplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unsupplied { container, input, path } = self;
        write!(f, "could not build this slice of `{container}`: input {input} was not supplied")?;
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

/// Number of nodes that a message lists before it counts the rest.
const MAX_LISTED: usize = 8;

fn list<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    let mut names: Vec<_> = items.iter().take(MAX_LISTED).map(text).collect();
    if items.len() > MAX_LISTED {
        names.push(format!("and {} more", items.len() - MAX_LISTED));
    }
    names.join(", ")
}

fn needed_by_line(needed_by: &[&'static Node]) -> String {
    if needed_by.is_empty() {
        return String::new();
    }
    format!("\n  needed by {}", list(needed_by, |node| node.to_string()))
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
