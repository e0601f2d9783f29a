use std::collections::VecDeque;
use std::mem::replace;

use super::error::{BuildErrorKind, Unsupplied};
use super::future::Slice;
use crate::{Container, Graph, Kind};

/// The nodes that a slice is to have: those that the `asked` ones need, and not through an override.
pub(super) fn wanted<C: Container>(
    fields: &C::Fields,
    asked: &[usize],
    slice: Slice,
) -> Result<Vec<bool>, BuildErrorKind> {
    let graph = C::GRAPH;
    let name = |node: usize| graph.nodes()[node].name();
    if let Some(at) = (1..asked.len()).find(|&at| asked[..at].contains(&asked[at])) {
        return Err(BuildErrorKind::AskedTwice { container: graph.name(), field: name(asked[at]) });
    }
    let is_there = |node| C::is_there(fields, node);
    let wanted = reach(graph, asked, is_there)?;
    if slice.strict {
        let unused = |&node: &usize| is_there(node) && !wanted[node] && graph.nodes()[node].is_field();
        let overrides: Vec<_> = (0..graph.nodes().len()).filter(unused).map(name).collect();
        if !overrides.is_empty() {
            let asked = asked.iter().copied().map(name).collect();
            return Err(BuildErrorKind::UnusedOverride { container: graph.name(), overrides, asked });
        }
    }
    Ok(wanted)
}

/// Nodes reachable from `roots` along dependencies, but not through one that `is_there`; an error where an input among
/// them is not.
fn reach(graph: &Graph, roots: &[usize], is_there: impl Fn(usize) -> bool) -> Result<Vec<bool>, BuildErrorKind> {
    let nodes = graph.nodes();
    let mut reached = vec![false; nodes.len()];
    let mut needed_by = vec![None; nodes.len()];
    let mut queue = VecDeque::new();
    for &root in roots {
        reached[root] = true;
        queue.push_back(root);
    }
    while let Some(node) = queue.pop_front() {
        if is_there(node) {
            continue;
        }
        if nodes[node].kind() == Kind::Input {
            return Err(BuildErrorKind::Unsupplied(Unsupplied::new(graph, node, &needed_by)));
        }
        for dependency in nodes[node].dependencies() {
            if !replace(&mut reached[dependency], true) {
                needed_by[dependency] = Some(node);
                queue.push_back(dependency);
            }
        }
    }
    Ok(reached)
}
