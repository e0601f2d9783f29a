//! Concurrent traversal of a graph in dependency order.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::internal::BoxFuture;

/// A visit of a node.
pub(super) enum Visit<T> {
    /// Nothing to do. Passes on the value of the node before it.
    Skip,
    /// The visit in progress. Returns the value for the nodes after it, or `None` to begin no other visits.
    Pending(BoxFuture<Option<T>>),
}

/// Visits the nodes of a graph, each after all nodes before it, concurrently if the graph allows it.
///
/// `before[i]` lists the nodes before node `i`, in any order, possibly repeated. A visit gets the value of the node that
/// it waited for last, or `first`. After the first visit that returns `None`, the visits in progress finish, and no
/// others begin.
///
/// Returns the value of the last visit, or `None` if one returned it.
pub(super) async fn walk<T: Copy>(
    before: &[Vec<usize>],
    first: T,
    mut visit: impl FnMut(usize, T) -> Visit<T>,
) -> Option<T> {
    let mut missing: Vec<usize> = before.iter().map(Vec::len).collect();
    let after = reversed(before);
    let mut ready: Vec<(usize, T)> =
        (0..before.len()).filter(|&node| missing[node] == 0).map(|node| (node, first)).collect();
    ready.reverse();
    let mut visiting = FuturesUnordered::new();
    let (mut last, mut goes_on) = (first, true);
    loop {
        while let Some((node, value)) = ready.pop().filter(|_| goes_on) {
            match visit(node, value) {
                Visit::Skip => release(&after[node], value, &mut missing, &mut ready),
                Visit::Pending(visit) => visiting.push(async move { (node, visit.await) }),
            }
        }
        match visiting.next().await {
            None => return goes_on.then_some(last),
            Some((node, Some(value))) => {
                last = value;
                release(&after[node], value, &mut missing, &mut ready);
            }
            Some((_, None)) => goes_on = false,
        }
    }
}

/// Marks the nodes that waited only for this one as ready.
fn release<T: Copy>(after: &[usize], value: T, missing: &mut [usize], ready: &mut Vec<(usize, T)>) {
    for &other in after.iter().rev() {
        missing[other] -= 1;
        if missing[other] == 0 {
            ready.push((other, value));
        }
    }
}

/// Returns for each node the nodes that list it.
pub(super) fn reversed(lists: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut reversed = vec![Vec::new(); lists.len()];
    for (node, list) in lists.iter().enumerate() {
        for &other in list {
            reversed[other].push(node);
        }
    }
    reversed
}

/// Returns all nodes, each after the nodes before it.
pub(super) fn ordered(before: &[Vec<usize>]) -> Vec<usize> {
    let mut missing: Vec<usize> = before.iter().map(Vec::len).collect();
    let after = reversed(before);
    let mut ready: Vec<(usize, ())> =
        (0..before.len()).filter(|&node| missing[node] == 0).map(|node| (node, ())).collect();
    let mut order = Vec::with_capacity(before.len());
    while let Some((node, ())) = ready.pop() {
        order.push(node);
        release(&after[node], (), &mut missing, &mut ready);
    }
    order
}
