//! A container's graph, as static data.

mod constructor;
mod cycle;
pub(crate) mod generated;
mod html;
mod named;
mod node;
mod node_kind;
mod ordering;
mod render;
mod unused;

pub use constructor::Constructor;
pub use node::Node;
pub use node_kind::NodeKind;

/// The graph of a container: each field, how it is made, and what it depends on.
///
/// The graph is static data, computed at compile time: `App::GRAPH` needs no instance.
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

    /// Returns the name of the container.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the container's source file, as passed to the compiler.
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// Returns the nodes, in field order.
    pub const fn nodes(&self) -> &'static [Node] {
        self.nodes
    }

    /// Returns the node of the field `name`. For a decorated field, it is the outermost decorator.
    pub fn node(&self, name: &str) -> Option<&'static Node> {
        self.nodes.iter().find(|node| node.name == name && node.stage.is_none())
    }

    /// Returns the dependencies of `node`, in the order of its constructor's parameters. A dependency that two
    /// parameters take is returned twice.
    pub fn dependencies(&self, node: &Node) -> impl Iterator<Item = &'static Node> + use<> {
        let nodes = self.nodes;
        node.dependencies().map(move |index| &nodes[index])
    }

    /// Returns the direct dependents of `node`, in field order.
    pub fn dependents(&self, node: &Node) -> impl Iterator<Item = &'static Node> + use<> {
        let nodes = self.nodes;
        let wanted = nodes.iter().position(|other| other.name == node.name && other.stage == node.stage);
        nodes.iter().filter(move |other| wanted.is_some_and(|index| other.needs(index)))
    }

    /// Returns the unused fields: no field depends on them, they are private, and they have no hooks.
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

    /// Returns each edge once, ordered by the dependent field.
    pub fn edges(&self) -> impl Iterator<Item = Edge> + use<> {
        let nodes = self.nodes;
        nodes.iter().flat_map(move |node| {
            let is_first = move |at: &usize| node.dependencies().take(*at).all(|other| other != node.dependency(*at));
            (0..node.dependency_count())
                .filter(is_first)
                .map(move |at| Edge { dependency: &nodes[node.dependency(at)], dependent: node })
        })
    }
}

/// An edge of a [`Graph`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Edge {
    /// The dependency.
    pub dependency: &'static Node,
    /// The node that depends on it.
    pub dependent: &'static Node,
}
