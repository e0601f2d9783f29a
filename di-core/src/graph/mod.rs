//! A container's graph, as static data.

mod constructor;
mod cycle;
mod html;
mod order;
mod render;
mod unused;

use std::fmt;

pub use constructor::{Constructor, check_not_refused};
pub use cycle::check;
pub use order::{Ordering, first_async, ordering};
pub use unused::{check_used, used};

/// The graph of a container: which fields it has, how each is made, and what each needs.
///
/// It is static data, made at compile time: `App::GRAPH` needs no instance.
///
/// ```
/// use std::sync::Arc;
/// use di_core::{component, Container};
///
/// pub struct Config;
/// pub struct Store;
///
/// #[component]
/// impl Store {
///     pub async fn new(_config: &Config) -> Self {
///         Store
///     }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     config: Arc<Config>,
///     #[component]
///     store: Arc<Store>,
/// }
///
/// let store = App::GRAPH.node("store").unwrap();
/// assert_eq!(store.type_name(), "Arc<Store>");
/// assert_eq!(App::GRAPH.dependencies(store).map(|node| node.name()).collect::<Vec<_>>(), ["config"]);
/// assert!(App::GRAPH.to_mermaid().contains("config --> store"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Graph {
    name: &'static str,
    file: &'static str,
    nodes: &'static [Node],
}

impl Graph {
    #[doc(hidden)]
    pub const fn new(name: &'static str, file: &'static str, nodes: &'static [Node]) -> Self {
        Graph { name, file, nodes }
    }

    /// Name of the container.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Source file of the container, as the compiler was given it.
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The nodes, in the order of the fields.
    pub const fn nodes(&self) -> &'static [Node] {
        self.nodes
    }

    /// The node of the field `name`: of a decorated one, the outermost decorator.
    pub fn node(&self, name: &str) -> Option<&'static Node> {
        self.nodes.iter().find(|node| node.name == name && node.stage.is_none())
    }

    /// The nodes that `node` needs, in the order of its constructor's parameters. One that two parameters take is there
    /// twice.
    pub fn dependencies(&self, node: &Node) -> impl Iterator<Item = &'static Node> + use<> {
        let nodes = self.nodes;
        node.dependencies().map(move |index| &nodes[index])
    }

    /// The nodes that need `node` directly, in the order of the fields.
    pub fn dependents(&self, node: &Node) -> impl Iterator<Item = &'static Node> + use<> {
        let nodes = self.nodes;
        let wanted = nodes.iter().position(|other| other.name == node.name && other.stage == node.stage);
        nodes.iter().filter(move |other| wanted.is_some_and(|index| other.needs(index)))
    }

    /// The fields that nobody uses: nothing needs them, they are private, and they have no hooks.
    ///
    /// `#[container(deny(unused))]` on the container makes each of them a compile error.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use di_core::{Component, Container};
    ///
    /// #[derive(Component)]
    /// pub struct Server;
    /// #[derive(Component)]
    /// pub struct Forgotten;
    ///
    /// #[derive(Container)]
    /// pub struct App {
    ///     #[component]
    ///     pub server: Arc<Server>,
    ///     #[component]
    ///     forgotten: Arc<Forgotten>,
    /// }
    ///
    /// let unused: Vec<_> = App::GRAPH.unused().map(|node| node.name()).collect();
    /// assert_eq!(unused, ["forgotten"]);
    /// ```
    pub fn unused(&self) -> impl Iterator<Item = &'static Node> + use<> {
        let nodes = self.nodes;
        let mut is_used: Vec<bool> = nodes.iter().map(|node| node.is_root).collect();
        for dependency in nodes.iter().flat_map(Node::dependencies) {
            is_used[dependency] = true;
        }
        nodes.iter().zip(is_used).filter(|(_, is_used)| !is_used).map(|(node, _)| node)
    }

    /// Each edge once, as (what is needed, what needs it), in the order of the fields that need.
    pub fn edges(&self) -> impl Iterator<Item = (&'static Node, &'static Node)> + use<> {
        let nodes = self.nodes;
        nodes.iter().flat_map(move |node| {
            let is_first = move |at: &usize| node.dependencies().take(*at).all(|other| other != node.dependency(*at));
            (0..node.dependency_count()).filter(is_first).map(move |at| (&nodes[node.dependency(at)], node))
        })
    }
}

/// One node of a [`Graph`]: a field of the container, or a stage of a decorated one.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    name: &'static str,
    type_name: &'static str,
    kind: Kind,
    component: &'static str,
    is_async: bool,
    /// The stage before this one of a decorated field.
    previous: Option<usize>,
    /// The stage of a decorated field, unless it is the last.
    stage: Option<usize>,
    dependencies: &'static [usize],
    /// Whether others than the container's nodes may use it: its field is visible, or it has hooks.
    is_root: bool,
    line: u32,
}

impl Node {
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        type_name: &'static str,
        kind: Kind,
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
    pub const fn kind(&self) -> Kind {
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

    /// Indexes, into [`Graph::nodes`], of what it needs: for a decorator what it decorates, and then the dependencies in
    /// the order of the constructor's parameters.
    pub fn dependencies(&self) -> impl Iterator<Item = usize> + use<> {
        self.previous.into_iter().chain(self.dependencies.iter().copied())
    }

    /// Whether it needs the node at `index` directly.
    pub fn needs(&self, index: usize) -> bool {
        self.previous == Some(index) || self.dependencies.contains(&index)
    }

    const fn dependency_count(&self) -> usize {
        self.dependencies.len() + self.previous.is_some() as usize
    }

    const fn dependency(&self, at: usize) -> usize {
        match self.previous {
            Some(previous) if at == 0 => previous,
            Some(_) => self.dependencies[at - 1],
            None => self.dependencies[at],
        }
    }

    /// Line of the field in [`Graph::file`], counted from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }
}

/// A field with what makes it: `` `store` (SqliteStore) ``, as messages name it.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Input | Kind::Absent | Kind::Unknown => write!(f, "`{}` ({})", self.name, self.type_name),
            Kind::Alias => write!(f, "`{}` (alias of {})", self.name, self.component),
            Kind::Import => write!(f, "`{}` (import from {})", self.name, self.component),
            Kind::Collect => write!(f, "`{}` (collects {})", self.name, self.component),
            _ => write!(f, "`{}` ({})", self.name, self.component),
        }
    }
}

/// How a field of a container is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `#[input]`: the caller supplies it.
    Input,
    /// `#[component]`: by its constructor.
    Component,
    /// `#[provide]`: by a function.
    Provider,
    /// `#[alias]`: another view of another field.
    Alias,
    /// `#[decorate]`: a component around another.
    Decorator,
    /// `#[module]`: a container inside.
    Module,
    /// `#[import]`: a field of a container inside, or of the one that a scope is in.
    Import,
    /// `#[collect]`: a list of other fields.
    Collect,
    /// `#[lazy]`: a component that is constructed on first use.
    Lazy,
    /// `#[factory]`: a component that is created from arguments, as often as asked for.
    Factory,
    /// `#[absent]`: nothing, unless overridden.
    Absent,
    /// The field's attribute is in error, so that the crate does not compile.
    #[doc(hidden)]
    Unknown,
}

impl Kind {
    /// The kind in a word, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Input => "input",
            Kind::Component => "component",
            Kind::Provider => "provider",
            Kind::Alias => "alias",
            Kind::Decorator => "decorator",
            Kind::Module => "module",
            Kind::Import => "import",
            Kind::Collect => "collect",
            Kind::Lazy => "lazy",
            Kind::Factory => "factory",
            Kind::Absent => "absent",
            Kind::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
