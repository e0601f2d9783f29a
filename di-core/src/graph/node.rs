use std::fmt;

use super::{Constructor, NodeKind};

/// One node of a [`Graph`](super::Graph): a field of the container, or a stage of a decorated one.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    pub(super) name: &'static str,
    pub(super) type_name: &'static str,
    pub(super) kind: NodeKind,
    pub(super) component: &'static str,
    pub(super) is_async: bool,
    /// The stage before this one of a decorated field.
    previous: Option<usize>,
    /// The stage of a decorated field, unless it is the last.
    pub(super) stage: Option<usize>,
    dependencies: &'static [usize],
    /// Whether others than the container's nodes may use it: its field is visible, or it has hooks.
    pub(super) is_root: bool,
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
            line,
        }
    }

    /// A node that others than the container's nodes may use.
    #[doc(hidden)]
    pub const fn root(mut self) -> Self {
        self.is_root = true;
        self
    }

    /// A stage of a decorated field that decorates the node `previous`.
    #[doc(hidden)]
    pub const fn after(mut self, previous: usize) -> Self {
        self.previous = Some(previous);
        self
    }

    /// A stage of a decorated field that is decorated in turn.
    #[doc(hidden)]
    pub const fn inner(mut self, stage: usize) -> Self {
        self.stage = Some(stage);
        self
    }

    /// Name of the field. The stages of a decorated one share it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// A name that no other node has: the field's, or, for a stage that is decorated in turn, `field.0`, `field.1`, from
    /// the innermost.
    pub fn id(&self) -> String {
        match self.stage {
            None => self.name.to_owned(),
            Some(stage) => format!("{}.{stage}", self.name),
        }
    }

    /// Whether it is the field as others see it, and not a stage that is decorated in turn.
    pub const fn is_field(&self) -> bool {
        self.stage.is_none()
    }

    /// Type of the field, as it is written.
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// How the field is made.
    pub const fn kind(&self) -> NodeKind {
        self.kind
    }

    /// What makes it, as it is written: the component's type, the provider, the fields that it is another view of; empty
    /// for what is supplied or absent.
    pub const fn component(&self) -> &'static str {
        self.component
    }

    /// Whether its constructor is an `async fn`.
    pub const fn is_async(&self) -> bool {
        self.is_async
    }

    /// Indexes, into [`Graph::nodes`](super::Graph::nodes), of what it needs: for a decorator what it decorates, and then the dependencies in
    /// the order of the constructor's parameters.
    pub fn dependencies(&self) -> impl Iterator<Item = usize> + use<> {
        self.previous.into_iter().chain(self.dependencies.iter().copied())
    }

    /// Whether it needs the node at `index` directly.
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

    /// Line of the field in [`Graph::file`](super::Graph::file), counted from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }
}

/// A field with what makes it: `` `store` (SqliteStore) ``, as messages name it.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            NodeKind::Input | NodeKind::Absent | NodeKind::Unknown => write!(f, "`{}` ({})", self.name, self.type_name),
            NodeKind::Alias => write!(f, "`{}` (alias of {})", self.name, self.component),
            NodeKind::Import => write!(f, "`{}` (import from {})", self.name, self.component),
            NodeKind::Collect => write!(f, "`{}` (collects {})", self.name, self.component),
            _ => write!(f, "`{}` ({})", self.name, self.component),
        }
    }
}
