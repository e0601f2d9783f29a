use super::{Kind, Node};

/// Bytes that a drawn cycle may take. A longer one loses its middle first, then its end.
const CAPACITY: usize = 1024;

/// How many fields at each end of a long cycle are drawn.
const ENDS: usize = 4;

/// A dependency cycle, drawn: ``dependency cycle in `App`: store (SqlStore) -> orders (OrderSvc) -> store``.
#[doc(hidden)]
pub struct Cycle {
    first: usize,
    text: [u8; CAPACITY],
    length: usize,
}

/// Fails to compile, with the cycle drawn, if it begins at `node`. Called once a node, spanned on its component.
#[doc(hidden)]
#[track_caller]
pub const fn check(cycle: &Option<Cycle>, node: usize) {
    if let Some(cycle) = cycle
        && cycle.first == node
    {
        match std::str::from_utf8(cycle.text.split_at(cycle.length).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("dependency cycle"),
        }
    }
}

/// Draws the cycle of `members`, each of which needs the next, and the last the first.
pub(super) const fn draw(container: &str, nodes: &[Node], members: &[usize]) -> Cycle {
    let mut cycle = Cycle { first: members[0], text: [0; CAPACITY], length: 0 };
    cycle.push("dependency cycle in `");
    cycle.push(container);
    cycle.push("`: ");
    let mut at = 0;
    while at < members.len() {
        if at == ENDS && members.len() > 2 * ENDS + 1 {
            let elided = members.len() - 2 * ENDS;
            cycle.push(".. ");
            cycle.push_number(elided);
            cycle.push(" more .. -> ");
            at += elided;
            continue;
        }
        let node = &nodes[members[at]];
        cycle.push(node.name);
        cycle.push(match node.kind {
            Kind::Alias => " (alias of ",
            Kind::Import => " (import from ",
            Kind::Collect => " (collects ",
            _ => " (",
        });
        cycle.push(node.component);
        cycle.push(") -> ");
        at += 1;
    }
    cycle.push(nodes[members[0]].name);
    cycle
}

impl Cycle {
    const fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if self.length + bytes.len() > CAPACITY {
            return;
        }
        let mut at = 0;
        while at < bytes.len() {
            self.text[self.length] = bytes[at];
            self.length += 1;
            at += 1;
        }
    }

    const fn push_number(&mut self, number: usize) {
        if number > 9 {
            self.push_number(number / 10);
        }
        if self.length < CAPACITY {
            self.text[self.length] = b'0' + (number % 10) as u8;
            self.length += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Constructor;

    fn text(length: usize) -> String {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let nodes: Vec<_> = (0..length)
            .map(|i| {
                Node::new(
                    NAMES[i % 4],
                    "T",
                    Kind::Component,
                    "Some",
                    Constructor::new(vec![(i + 1) % length].leak()),
                    1,
                )
            })
            .collect();
        let members: Vec<_> = (0..length).collect();
        let cycle = draw("App", &nodes, &members);
        String::from_utf8(cycle.text[..cycle.length].to_vec()).unwrap()
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
