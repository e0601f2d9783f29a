//! Detection of fields that nothing needs, for `#[container(deny(unused))]`.

use super::Node;

/// Returns whether each node is used by another one or from outside the container. O(nodes + edges).
#[doc(hidden)]
pub const fn used_nodes<const N: usize>(nodes: &[Node; N]) -> [bool; N] {
    let mut used = [false; N];
    let mut node = 0;
    while node < N {
        used[node] = used[node] || nodes[node].is_root;
        let mut at = 0;
        while at < nodes[node].dependency_count() {
            used[nodes[node].dependency(at)] = true;
            at += 1;
        }
        node += 1;
    }
    used
}

/// Fails to compile if a node is unused. Called once for each field, with the span of its name.
#[doc(hidden)]
#[track_caller]
pub const fn check_used(is_used: bool) {
    if !is_used {
        panic!("unused field: no field depends on it, it is private, and it has no hooks; remove it, or make it `pub`");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Constructor, Graph, NodeKind};

    #[test]
    fn the_compiler_and_the_program_agree_on_what_is_used() {
        const NODE: Node = Node::new("n", "N", NodeKind::Component, "N", Constructor::new(&[]), 1);
        static NODES: [Node; 5] = [
            NODE,
            Node::new("n", "N", NodeKind::Component, "N", Constructor::new(&[0, 0]), 1),
            NODE.root(),
            Node::new("n", "N", NodeKind::Decorator, "N", Constructor::new(&[2]), 1).after(1),
            NODE,
        ];
        assert_eq!(used_nodes(&NODES), [true, true, true, false, false]);
        assert_eq!(Graph::new("App", "app.rs", &NODES).unused().count(), 2);
    }
}
