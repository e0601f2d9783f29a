//! Topological sort of a container's nodes, in const evaluation.

use super::cycle::{self, Cycle};
use super::{Node, NodeKind};

/// The order in which the `N` nodes of a container are built, or the cycle that prevents it.
#[doc(hidden)]
pub struct Ordering<const N: usize> {
    /// Node indexes, each after its dependencies. Incomplete if there is a cycle.
    pub order: [usize; N],
    /// The first cycle, in field order.
    pub cycle: Option<Cycle>,
}

/// Orders the nodes of `container`, in const evaluation.
#[doc(hidden)]
pub const fn ordering<const N: usize>(container: &str, nodes: &[Node; N]) -> Ordering<N> {
    let mut order = [0; N];
    let mut path = [0; N];
    let mut next = [0; N];
    let cycle = match sort(nodes, &mut order, &mut path, &mut next) {
        Some(length) => Some(cycle::draw(container, nodes, path.split_at(length).0)),
        None => None,
    };
    Ordering { order, cycle }
}

/// Sorts the nodes topologically by depth-first search (Tarjan 1976, "Edge-disjoint spanning trees and depth-first
/// search"). O(nodes + edges), which const evaluation requires.
///
/// On a cycle, returns its length. Its nodes are then at the front of `path`, each before its dependency. `order`,
/// `path` and `next` have the length of `nodes`, and `next` is all zero.
///
/// # Panics
/// Panics if a length is wrong, or a dependency is out of range.
pub(super) const fn sort(nodes: &[Node], order: &mut [usize], path: &mut [usize], next: &mut [usize]) -> Option<usize> {
    // `next[i]` is the state of node i: 0, not visited; k, on the path with its first k - 1 dependencies visited; DONE.
    const DONE: usize = usize::MAX;
    let mut ordered = 0;
    let mut root = 0;
    while root < nodes.len() {
        let mut depth = 0;
        if next[root] == 0 {
            next[root] = 1;
            path[0] = root;
            depth = 1;
        }
        while depth > 0 {
            let node = path[depth - 1];
            let seen = next[node] - 1;
            if seen == nodes[node].dependency_count() {
                next[node] = DONE;
                order[ordered] = node;
                ordered += 1;
                depth -= 1;
                continue;
            }
            next[node] += 1;
            let dependency = nodes[node].dependency(seen);
            if next[dependency] == 0 {
                next[dependency] = 1;
                path[depth] = dependency;
                depth += 1;
            } else if next[dependency] != DONE {
                return Some(to_front(path, depth, dependency));
            }
        }
        root += 1;
    }
    None
}

/// Moves the part of `path[..depth]` that begins with the node `first` to the front, and returns its length.
const fn to_front(path: &mut [usize], depth: usize, first: usize) -> usize {
    let mut start = 0;
    while path[start] != first {
        start += 1;
    }
    let mut at = start;
    while at < depth {
        path[at - start] = path[at];
        at += 1;
    }
    depth - start
}

/// Returns the index of the first node with an async constructor, or `usize::MAX`.
#[doc(hidden)]
pub const fn first_async(nodes: &[Node]) -> usize {
    let mut index = 0;
    while index < nodes.len() {
        if nodes[index].is_async && !matches!(nodes[index].kind, NodeKind::Unknown) {
            return index;
        }
        index += 1;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Constructor;
    use proptest::prelude::*;

    /// Creates nodes with these dependencies. They are leaked, because a graph is static data.
    fn nodes(dependencies: Vec<Vec<usize>>) -> Vec<Node> {
        let node = |list: Vec<usize>| Node::new("n", "N", NodeKind::Component, "N", Constructor::new(list.leak()), 1);
        dependencies.into_iter().map(node).collect()
    }

    /// Returns the order, or the cycle.
    fn sorted(nodes: &[Node]) -> Result<Vec<usize>, Vec<usize>> {
        let n = nodes.len();
        let (mut order, mut path, mut next) = (vec![0; n], vec![0; n], vec![0; n]);
        match sort(nodes, &mut order, &mut path, &mut next) {
            Some(length) => Err(path[..length].to_vec()),
            None => Ok(order),
        }
    }

    /// Any directed graph of up to 40 nodes, with duplicate edges and self-loops.
    fn any_graph() -> impl Strategy<Value = Vec<Vec<usize>>> {
        (1_usize..40).prop_flat_map(|n| prop::collection::vec(prop::collection::vec(0..n, 0..3), n))
    }

    /// Any acyclic graph, its nodes shuffled.
    fn any_dag() -> impl Strategy<Value = Vec<Vec<usize>>> {
        (1_usize..40)
            .prop_flat_map(|n| {
                let lists = prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), n);
                (lists, Just((0..n).collect::<Vec<_>>()).prop_shuffle())
            })
            .prop_map(|(lists, name)| {
                let mut graph = vec![Vec::new(); name.len()];
                for (rank, list) in lists.iter().enumerate().skip(1) {
                    graph[name[rank]] = list.iter().map(|index| name[index.index(rank)]).collect();
                }
                graph
            })
    }

    proptest! {
        #[test]
        fn an_acyclic_graph_is_ordered_along_every_edge(graph in any_dag()) {
            let order = sorted(&nodes(graph.clone())).expect("no cycle");
            let mut place = vec![usize::MAX; graph.len()];
            for (at, &node) in order.iter().enumerate() {
                prop_assert_eq!(place[node], usize::MAX, "node {} appears twice in {:?}", node, order);
                place[node] = at;
            }
            for (node, dependencies) in graph.iter().enumerate() {
                for &dependency in dependencies {
                    prop_assert!(place[dependency] < place[node], "{} before {} in {:?}", node, dependency, order);
                }
            }
        }

        #[test]
        fn a_reported_cycle_exists_in_the_graph(graph in any_graph()) {
            if let Err(cycle) = sorted(&nodes(graph.clone())) {
                prop_assert!(!cycle.is_empty());
                for (at, &node) in cycle.iter().enumerate() {
                    let needed = cycle[(at + 1) % cycle.len()];
                    prop_assert!(graph[node].contains(&needed), "no edge {} -> {} in {:?}", node, needed, cycle);
                    prop_assert!(!cycle[..at].contains(&node), "{} appears twice in {:?}", node, cycle);
                }
            }
        }
    }
}
