use std::marker::PhantomData;

/// Segment tree over the numbers of the tasks in the run queue. The operation is a sum or a maximum.
///
/// Updates and lookups take as many steps as the tree is high. They do not branch on the numbers, because random
/// choices defeat branch prediction. For a few tasks, only the leaves are used.
#[derive(Default)]
pub(super) struct Tree<O> {
    /// Binary heap layout: node `n` from 1 on combines `2n` and `2n + 1`, and the last half are the leaves, one for
    /// each task. With few leaves, the inner nodes are unused. A leaf is 0 if its task is not in the run queue.
    nodes: Vec<u64>,
    leaves: usize,
    /// Leaf of a task that left but is not cleared yet, as the task usually returns before the tree is read.
    stale: Option<usize>,
    operation: PhantomData<O>,
}

/// Number of leaves that are read one by one.
const FEW: usize = 8;

/// Associative operation on two numbers.
pub(super) trait Operation {
    fn combine(one: u64, other: u64) -> u64;
}

#[derive(Default)]
pub(super) struct Sum;

#[derive(Default)]
pub(super) struct Greatest;

impl Operation for Sum {
    #[inline]
    fn combine(one: u64, other: u64) -> u64 {
        one.wrapping_add(other)
    }
}

impl Operation for Greatest {
    #[inline]
    fn combine(one: u64, other: u64) -> u64 {
        one.max(other)
    }
}

impl<O: Operation> Tree<O> {
    /// Removes all tasks. Shrinks the tree, so that later runs of few tasks do not pay for an earlier run of many.
    pub(super) fn clear(&mut self) {
        self.leaves = self.leaves.min(FEW);
        self.nodes.truncate(2 * self.leaves);
        self.nodes.fill(0);
        self.stale = None;
    }

    /// Sets the number of the task at `place`, which enters the run queue.
    #[inline]
    pub(super) fn put(&mut self, place: usize, number: u64) {
        if self.stale == Some(place) {
            self.stale = None;
        }
        if place >= self.leaves {
            self.grow(place);
        }
        self.set(place, number);
    }

    /// Removes the task at `place`, which must be present.
    #[inline]
    pub(super) fn leave(&mut self, place: usize) {
        debug_assert!(self.stale.is_none());
        self.stale = Some(place);
    }

    /// Returns the combined number of all tasks in the run queue.
    #[inline]
    pub(super) fn all(&mut self) -> u64 {
        if let Some(place) = self.stale.take() {
            self.set(place, 0);
        }
        match self.few() {
            Some([a, b, c, d, e, f, g, h]) => O::combine(
                O::combine(O::combine(*a, *b), O::combine(*c, *d)),
                O::combine(O::combine(*e, *f), O::combine(*g, *h)),
            ),
            None => self.nodes.get(1).copied().unwrap_or(0),
        }
    }

    /// Returns the leaves, if there are few.
    #[inline(always)]
    fn few(&self) -> Option<&[u64; FEW]> {
        if self.leaves == FEW { self.nodes.get(FEW..)?.first_chunk() } else { None }
    }

    #[inline]
    fn set(&mut self, place: usize, number: u64) {
        let (mut node, mut number) = (self.leaves + place, number);
        self.nodes[node] = number;
        if self.leaves == FEW {
            return;
        }
        while node > 1 {
            number = O::combine(number, self.nodes[node ^ 1]);
            node /= 2;
            self.nodes[node] = number;
        }
    }

    #[cold]
    fn grow(&mut self, place: usize) {
        let leaves = (place + 1).next_power_of_two().max(FEW);
        let mut nodes = vec![0; leaves];
        nodes.extend_from_slice(&self.nodes[self.nodes.len() - self.leaves..]);
        nodes.resize(2 * leaves, 0);
        for node in (1..leaves).rev() {
            nodes[node] = O::combine(nodes[2 * node], nodes[2 * node + 1]);
        }
        (self.nodes, self.leaves) = (nodes, leaves);
    }
}

impl Tree<Sum> {
    /// Returns the place at which the running sum of all numbers first exceeds `point`.
    #[inline]
    pub(super) fn place_at(&self, mut point: u64) -> usize {
        if let Some(few) = self.few() {
            let (mut sum, mut place) = (0, 0);
            for number in &few[..FEW - 1] {
                sum += number;
                place += usize::from(point >= sum);
            }
            return place;
        }
        let mut node = 1;
        while node < self.leaves {
            node *= 2;
            let number = self.nodes[node];
            let is_right = point >= number;
            point -= u64::from(is_right) * number;
            node += usize::from(is_right);
        }
        node - self.leaves
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;
    use proptest::prelude::*;

    /// Updates to few places, or to many.
    fn updates<T: Debug>(number: impl Strategy<Value = T> + Clone) -> impl Strategy<Value = Vec<(usize, T)>> {
        let updates = move |places: usize| prop::collection::vec((0..places, number.clone()), 1..60);
        prop_oneof![updates(FEW), updates(PLACES)]
    }

    const PLACES: usize = 40;

    proptest! {
        #[test]
        fn sums_and_weighted_lookups_match_a_model(updates in updates(0..9_u64)) {
            let (mut tree, mut model) = (Tree::<Sum>::default(), [0; PLACES]);
            for (place, number) in updates {
                if model[place] > 0 && number == 0 {
                    tree.leave(place);
                } else {
                    tree.put(place, number);
                }
                model[place] = number;
                if number % 2 == 0 {
                    prop_assert_eq!(tree.all(), model.iter().sum::<u64>());
                }
            }
            tree.all();
            let places = (0..PLACES).flat_map(|place| std::iter::repeat_n(place, model[place] as usize));
            for (point, place) in places.enumerate() {
                prop_assert_eq!(tree.place_at(point as u64), place);
            }
        }

        #[test]
        fn the_maximum_matches_a_model(updates in updates(any::<u64>())) {
            let (mut tree, mut model) = (Tree::<Greatest>::default(), [0; PLACES]);
            for (place, number) in updates {
                tree.put(place, number);
                model[place] = number;
                prop_assert_eq!(Some(tree.all()), model.iter().max().copied());
            }
        }
    }
}
