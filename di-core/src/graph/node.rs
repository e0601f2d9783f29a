//! Nodes of a graph, with the `const` methods that generated code builds them with.

use std::fmt;
use std::time::Duration;

use super::{Constructor, NodeKind};

/// A node of a [`Graph`](super::Graph): a field of the container, or a stage of a decorated field.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    pub(super) name: &'static str,
    pub(super) type_name: &'static str,
    pub(super) kind: NodeKind,
    pub(super) component: &'static str,
    pub(super) is_async: bool,
    /// The previous stage of a decorated field.
    previous: Option<usize>,
    /// Index of the stage of a field with several nodes; `None` for the last stage.
    pub(super) stage: Option<usize>,
    dependencies: &'static [usize],
    /// Whether the node is used from outside the container: its field is visible, or it has hooks.
    pub(super) is_root: bool,
    /// Whether the node is built only if another one needs it.
    is_on_demand: bool,
    timeout: Option<Duration>,
    pub(super) line: u32,
}

impl Node {
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        type_name: &'static str,
        kind: NodeKind,
        component: &'static str,
        constructor: Constructor,
        line: u32,
    ) -> Self {
        Node {
            name,
            type_name,
            kind,
            component,
            is_async: constructor.is_async(),
            previous: None,
            stage: None,
            dependencies: constructor.dependencies(),
            is_root: constructor.has_hooks(),
            is_on_demand: false,
            timeout: None,
            line,
        }
    }

    /// Marks the node as used from outside the container.
    #[doc(hidden)]
    pub const fn root(mut self) -> Self {
        self.is_root = true;
        self
    }

    /// Sets the previous stage, which this one decorates.
    #[doc(hidden)]
    pub const fn after(mut self, previous: usize) -> Self {
        self.previous = Some(previous);
        self
    }

    /// Sets the index of a stage that another one decorates.
    #[doc(hidden)]
    pub const fn inner(mut self, stage: usize) -> Self {
        self.stage = Some(stage);
        self
    }

    /// Marks the node as one that is built only if another one needs it.
    #[doc(hidden)]
    pub const fn on_demand(mut self) -> Self {
        self.is_on_demand = true;
        self
    }

    /// Sets the timeout of an async constructor.
    #[doc(hidden)]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Returns the name of the field. The decorators and the alternatives of a field have the same name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns a unique name: the name of the field, or, for its alternatives and the inner stages of a decorated field,
    /// `field.0`, `field.1` and so on from the innermost.
    pub fn id(&self) -> String {
        match self.stage {
            None => self.name.to_owned(),
            Some(stage) => format!("{}.{stage}", self.name),
        }
    }

    /// Returns whether the node is the field itself, and not one of its alternatives or an inner stage of a decorated
    /// field.
    pub const fn is_field(&self) -> bool {
        self.stage.is_none()
    }

    /// Returns the type of the field, as written.
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Returns how the field is made.
    pub const fn kind(&self) -> NodeKind {
        self.kind
    }

    /// Returns the source of the field, as written: the component's type, the provider, the viewed fields, or the field
    /// that selects an alternative. Empty for inputs and absent fields.
    pub const fn component(&self) -> &'static str {
        self.component
    }

    /// Returns whether the constructor is an `async fn`.
    pub const fn is_async(&self) -> bool {
        self.is_async
    }

    /// Returns the timeout of the constructor, if it has its own: `#[component(Pool, timeout = "5s")]`.
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns the indexes of the dependencies in [`Graph::nodes`](super::Graph::nodes): first the decorated node, if
    /// this is a decorator, then the dependencies in the order of the constructor's parameters.
    pub fn dependencies(&self) -> impl Iterator<Item = usize> + use<> {
        self.previous.into_iter().chain(self.dependencies.iter().copied())
    }

    /// Returns the dependencies that are known before the container is built: of a choice, only the field that selects,
    /// and for other nodes all.
    pub(crate) fn certain_dependencies(&self) -> impl Iterator<Item = usize> + use<> {
        let count = if matches!(self.kind, NodeKind::Choice) { 1 } else { usize::MAX };
        self.dependencies().take(count)
    }

    /// Returns whether the node is built only if another one needs it: an alternative of `#[choose(..)]`, or a field
    /// with `#[if_needed]`.
    pub const fn is_on_demand(&self) -> bool {
        self.is_on_demand
    }

    /// Returns whether the node depends directly on the one at `index`.
    pub fn needs(&self, index: usize) -> bool {
        self.previous == Some(index) || self.dependencies.contains(&index)
    }

    pub(super) const fn dependency_count(&self) -> usize {
        self.dependencies.len() + self.previous.is_some() as usize
    }

    pub(super) const fn dependency(&self, at: usize) -> usize {
        match self.previous {
            Some(previous) if at == 0 => previous,
            Some(_) => self.dependencies[at - 1],
            None => self.dependencies[at],
        }
    }

    /// Returns the line of the field in [`Graph::file`](super::Graph::file), counted from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }
}

/// Returns the timeout of a constructor. Fails to compile without the feature `tokio`.
pub const fn timeout(milliseconds: u64) -> Duration {
    if cfg!(not(feature = "tokio")) {
        panic!("a timeout requires the feature `tokio` of di-core");
    }
    Duration::from_millis(milliseconds)
}

/// Shows the field and its source: `` `store` (SqliteStore) ``.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            NodeKind::Input | NodeKind::Absent | NodeKind::Unknown => write!(f, "`{}` ({})", self.name, self.type_name),
            NodeKind::Alias => write!(f, "`{}` (alias of {})", self.name, self.component),
            NodeKind::Import => write!(f, "`{}` (import from {})", self.name, self.component),
            NodeKind::Collect => write!(f, "`{}` (collects {})", self.name, self.component),
            NodeKind::Choice => write!(f, "`{}` (chosen by {})", self.name, self.component),
            _ => write!(f, "`{}` ({})", self.name, self.component),
        }
    }
}
