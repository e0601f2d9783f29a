//! The table that `#[derive(Container)]` generates for the nodes.

use super::step::BuildNode;
use crate::graph::Node;

/// The nodes of a container, and the functions that build them.
///
/// With a single table, the compiler reports an invalid component only once.
pub struct NodeTable<F, const N: usize> {
    /// Data of each node.
    pub nodes: [Node; N],
    /// The function that builds each node.
    pub build_nodes: [BuildNode<F>; N],
}
