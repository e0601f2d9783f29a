//! Rendering of a dependency cycle as a compile error.

use super::{Node, NodeKind};
use crate::internal::ConstText;

/// Number of fields shown at each end of a long cycle.
const FIELDS_AT_EACH_END: usize = 4;

/// A dependency cycle as text: ``dependency cycle in `App`: store (SqlStore) -> orders (OrderSvc) -> store``. A text
/// that is too long is cut off at the end.
#[doc(hidden)]
pub struct Cycle {
    first: usize,
    text: ConstText,
}

/// Fails to compile, with the cycle as the message, if it begins at `node`. Called once for each node, with the span of
/// its component.
#[doc(hidden)]
#[track_caller]
pub const fn check_no_cycle(cycle: &Option<Cycle>, node: usize) {
    if let Some(cycle) = cycle
        && cycle.first == node
    {
        panic!("{}", cycle.text.as_str());
    }
}

/// Writes the cycle of `members`. Each depends on the next, and the last on the first.
pub(super) const fn draw(container: &str, nodes: &[Node], members: &[usize]) -> Cycle {
    let mut text = ConstText::new();
    text.push("dependency cycle in `");
    text.push(container);
    text.push("`: ");
    let mut at = 0;
    while at < members.len() {
        if at == FIELDS_AT_EACH_END && members.len() > 2 * FIELDS_AT_EACH_END + 1 {
            let elided = members.len() - 2 * FIELDS_AT_EACH_END;
            text.push(".. ");
            text.push_number(elided);
            text.push(" more .. -> ");
            at += elided;
            continue;
        }
        let node = &nodes[members[at]];
        text.push(node.name);
        text.push(match node.kind {
            NodeKind::Alias => " (alias of ",
            NodeKind::Import => " (import from ",
            NodeKind::Collect => " (collects ",
            NodeKind::Choice => " (chosen by ",
            _ => " (",
        });
        text.push(node.component);
        text.push(") -> ");
        at += 1;
    }
    text.push(nodes[members[0]].name);
    Cycle { first: members[0], text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Constructor;

    fn text(length: usize) -> String {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let nodes: Vec<_> = (0..length)
            .map(|i| {
                Node::new(
                    NAMES[i % 4],
                    "T",
                    NodeKind::Component,
                    "Some",
                    Constructor::new(vec![(i + 1) % length].leak()),
                    1,
                )
            })
            .collect();
        let members: Vec<_> = (0..length).collect();
        let cycle = draw("App", &nodes, &members);
        cycle.text.as_str().to_owned()
    }

    #[test]
    fn a_component_that_needs_itself_is_a_cycle_of_one() {
        assert_eq!(text(1), "dependency cycle in `App`: a (Some) -> a");
    }

    #[test]
    fn a_long_cycle_keeps_its_ends() {
        assert_eq!(
            text(9),
            "dependency cycle in `App`: a (Some) -> b (Some) -> c (Some) -> d (Some) -> a (Some) -> b (Some) -> \
             c (Some) -> d (Some) -> a (Some) -> a"
        );
        assert_eq!(
            text(100),
            "dependency cycle in `App`: a (Some) -> b (Some) -> c (Some) -> d (Some) -> .. 92 more .. -> a (Some) -> \
             b (Some) -> c (Some) -> d (Some) -> a"
        );
    }
}
