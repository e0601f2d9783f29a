//! Concurrent traversal of a graph in dependency order.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::internal::BoxFuture;

/// Visits the nodes of a graph, each after all nodes before it, concurrently if the graph allows it.
///
/// `before[i]` lists the nodes before node `i`, in any order, possibly repeated. `visit` returns whether to continue.
/// After the first `false`, the visits in progress finish, and no others begin.
pub(super) async fn walk(before: &[Vec<usize>], mut visit: impl FnMut(usize) -> Option<BoxFuture<bool>>) {
    let mut missing: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut after = vec![Vec::new(); before.len()];
    for (node, before) in before.iter().enumerate() {
        for &other in before {
            after[other].push(node);
        }
    }
    let mut ready: Vec<usize> = (0..before.len()).filter(|&node| missing[node] == 0).collect();
    ready.reverse();
    let mut visiting = FuturesUnordered::new();
    let mut goes_on = true;
    loop {
        while let Some(node) = ready.pop().filter(|_| goes_on) {
            match visit(node) {
                Some(visit) => visiting.push(async move { (node, visit.await) }),
                None => release(node, &after, &mut missing, &mut ready),
            }
        }
        match visiting.next().await {
            None => return,
            Some((node, true)) => release(node, &after, &mut missing, &mut ready),
            Some((_, false)) => goes_on = false,
        }
    }
}

/// Marks the nodes that waited only for `node` as ready.
fn release(node: usize, after: &[Vec<usize>], missing: &mut [usize], ready: &mut Vec<usize>) {
    for &other in after[node].iter().rev() {
        missing[other] -= 1;
        if missing[other] == 0 {
            ready.push(other);
        }
    }
}
