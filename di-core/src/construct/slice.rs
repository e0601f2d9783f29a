//! Selection of the nodes to build.

use std::collections::VecDeque;
use std::mem::replace;

use super::error::{BuildErrorKind, Unsupplied};
use crate::container::Slice;
use crate::graph::{Graph, Node, NodeKind};

/// Returns the nodes that a slice needs: those reachable from the `requested` nodes without passing through an
/// override.
pub(super) fn wanted(
    graph: &Graph,
    is_built: &dyn Fn(usize) -> bool,
    wrapped: &[usize],
    requested: &[usize],
    slice: Slice,
) -> Result<Vec<bool>, BuildErrorKind> {
    let name = |node: usize| graph.nodes()[node].name();
    if let Some(at) = (1..requested.len()).find(|&at| requested[..at].contains(&requested[at])) {
        return Err(BuildErrorKind::RequestedTwice { container: graph.name(), field: name(requested[at]) });
    }
    let mut wanted = vec![false; graph.nodes().len()];
    reach(graph, requested, is_built, Node::certain_dependencies, &mut wanted)?;
    if slice.strict {
        let mut possible = vec![false; graph.nodes().len()];
        // An input that only some alternatives need may be missing.
        let is_supplied = |node: usize| is_built(node) || graph.nodes()[node].kind() == NodeKind::Input;
        reach(graph, requested, &is_supplied, Node::dependencies, &mut possible)?;
        let is_unused = |&node: &usize| !possible[node] && graph.nodes()[node].is_field();
        let overrides = (0..graph.nodes().len()).filter(|&node| is_built(node)).filter(is_unused).map(name);
        let wrapped = wrapped.iter().copied().filter(|&node| !is_built(node)).filter(is_unused).map(name);
        let (overrides, wrapped): (Vec<_>, Vec<_>) = (overrides.collect(), wrapped.collect());
        if !overrides.is_empty() || !wrapped.is_empty() {
            let requested = requested.iter().copied().map(name).collect();
            return Err(BuildErrorKind::UnusedOverride { container: graph.name(), overrides, wrapped, requested });
        }
    }
    Ok(wanted)
}

/// Returns whether some nodes are built only if others need them.
pub(super) const fn builds_on_demand(nodes: &[Node]) -> bool {
    let mut node = 0;
    while node < nodes.len() {
        if nodes[node].is_on_demand() {
            return true;
        }
        node += 1;
    }
    false
}

/// Returns the nodes that a whole container needs before any alternative is chosen.
pub(super) fn wanted_by_whole(graph: &Graph, is_built: &dyn Fn(usize) -> bool) -> Vec<bool> {
    let nodes = graph.nodes();
    let roots: Vec<_> = (0..nodes.len()).filter(|&node| !nodes[node].is_on_demand()).collect();
    let mut wanted = vec![false; nodes.len()];
    match reach(graph, &roots, is_built, Node::certain_dependencies, &mut wanted) {
        Ok(()) => wanted,
        Err(_) => unreachable!("di-core lost an input. This is a bug in di-core; please report it."),
    }
}

/// Marks the nodes reachable from `roots` along dependencies. The search does not continue past a node that is built or
/// was already marked. An input that is not supplied is an error.
pub(super) fn reach<D: Iterator<Item = usize>>(
    graph: &Graph,
    roots: &[usize],
    is_built: &dyn Fn(usize) -> bool,
    dependencies: impl Fn(&'static Node) -> D,
    reached: &mut [bool],
) -> Result<(), BuildErrorKind> {
    let nodes = graph.nodes();
    let mut needed_by = vec![None; nodes.len()];
    let mut queue = VecDeque::new();
    for &root in roots {
        if !replace(&mut reached[root], true) {
            queue.push_back(root);
        }
    }
    while let Some(node) = queue.pop_front() {
        if is_built(node) {
            continue;
        }
        if nodes[node].kind() == NodeKind::Input {
            return Err(BuildErrorKind::Unsupplied(Unsupplied::new(graph, node, &needed_by)));
        }
        for dependency in dependencies(&nodes[node]) {
            if !replace(&mut reached[dependency], true) {
                needed_by[dependency] = Some(node);
                queue.push_back(dependency);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Constructor;
    use proptest::prelude::*;

    /// A graph with its inputs, its built nodes and the requested nodes.
    #[derive(Clone, Debug)]
    struct Case {
        dependencies: Vec<Vec<usize>>,
        is_input: Vec<bool>,
        is_built: Vec<bool>,
        roots: Vec<usize>,
    }

    /// Any acyclic graph of up to 30 nodes; an input depends on nothing.
    fn any_case() -> impl Strategy<Value = Case> {
        (1_usize..30).prop_flat_map(|n| {
            let lists = prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), n);
            let flags = |weight| prop::collection::vec(prop::bool::weighted(weight), n);
            (lists, flags(0.1), flags(0.3), prop::collection::vec(0..n, 1..4)).prop_map(
                |(lists, is_input, is_built, roots)| {
                    let needed = |(node, list): (usize, &Vec<prop::sample::Index>)| match node {
                        0 => Vec::new(),
                        _ if is_input[node] => Vec::new(),
                        _ => list.iter().map(|index| index.index(node)).collect(),
                    };
                    let dependencies = lists.iter().enumerate().map(needed).collect();
                    Case { dependencies, is_input, is_built, roots }
                },
            )
        })
    }

    fn graph(case: &Case) -> Graph {
        let node = |(list, &is_input): (&Vec<usize>, &bool)| {
            let kind = if is_input { NodeKind::Input } else { NodeKind::Component };
            Node::new("n", "N", kind, "N", Constructor::new(list.clone().leak()), 1)
        };
        let nodes: Vec<_> = case.dependencies.iter().zip(&case.is_input).map(node).collect();
        Graph::new("App", "app.rs", nodes.leak())
    }

    /// Computes the expected nodes by definition: a node is needed if it is requested, or if a needed node that is not
    /// built depends on it.
    fn by_definition(case: &Case) -> Vec<bool> {
        let mut needed = vec![false; case.dependencies.len()];
        for &root in &case.roots {
            needed[root] = true;
        }
        loop {
            let before = needed.clone();
            for node in (0..needed.len()).filter(|&node| before[node] && !case.is_built[node]) {
                for &dependency in &case.dependencies[node] {
                    needed[dependency] = true;
                }
            }
            if needed == before {
                return needed;
            }
        }
    }

    proptest! {
        #[test]
        fn a_slice_reaches_exactly_the_needed_nodes(case in any_case()) {
            let mut marked = vec![false; case.is_built.len()];
            let is_built = |node: usize| case.is_built[node];
            let reached = reach(&graph(&case), &case.roots, &is_built, Node::dependencies, &mut marked);
            let needed = by_definition(&case);
            let lacking = |node: &usize| needed[*node] && case.is_input[*node] && !case.is_built[*node];
            match reached {
                Ok(()) => {
                    prop_assert_eq!((0..needed.len()).find(lacking), None, "an input is missing");
                    prop_assert_eq!(marked, needed);
                }
                Err(_) => prop_assert!((0..needed.len()).any(|node| lacking(&node)), "no input is missing"),
            }
        }
    }
}
