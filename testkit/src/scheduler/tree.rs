//! A segment tree that supports weighted and highest-priority lookups of ready tasks.

use std::marker::PhantomData;

/// Segment tree with a weight for each task in the run queue. Combines the weights into their sum or maximum.
///
/// Updates and lookups take logarithmic time. They do not branch on the weights, because random choices defeat branch
/// prediction. With few tasks, only the leaves are used.
#[derive(Default)]
pub(super) struct Tree<O> {
    /// Binary heap layout, from index 1: node `n` combines `2n` and `2n + 1`. The second half are the leaves, one for
    /// each task. A leaf is 0 if its task is not in the run queue. With few leaves, the inner nodes are unused.
    nodes: Vec<u64>,
    leaves: usize,
    /// Leaf of a removed task that is not cleared yet, because the task usually returns before the tree is read.
    stale: Option<usize>,
    operation: PhantomData<O>,
}

/// Number of leaves up to which the inner nodes are unused.
const FEW: usize = 8;

/// Associative operation on two weights.
pub(super) trait Operation {
    fn combine(one: u64, other: u64) -> u64;
}

#[derive(Default)]
pub(super) struct Sum;

#[derive(Default)]
pub(super) struct Max;

impl Operation for Sum {
    #[inline]
    fn combine(one: u64, other: u64) -> u64 {
        one.wrapping_add(other)
    }
}

impl Operation for Max {
    #[inline]
    fn combine(one: u64, other: u64) -> u64 {
        one.max(other)
    }
}

impl<O: Operation> Tree<O> {
    /// Removes all tasks. Shrinks the tree, so that runs with few tasks do not pay for an earlier run with many.
    pub(super) fn clear(&mut self) {
        self.leaves = self.leaves.min(FEW);
        self.nodes.truncate(2 * self.leaves);
        self.nodes.fill(0);
        self.stale = None;
    }

    /// Inserts a task with its weight.
    #[inline]
    pub(super) fn insert(&mut self, leaf: usize, weight: u64) {
        if self.stale == Some(leaf) {
            self.stale = None;
        }
        if leaf >= self.leaves {
            self.grow(leaf);
        }
        self.set(leaf, weight);
    }

    /// Removes a task. [`Tree::combined`] or an insertion of the same task must follow before the next removal.
    #[inline]
    pub(super) fn remove(&mut self, leaf: usize) {
        debug_assert!(self.stale.is_none());
        self.stale = Some(leaf);
    }

    /// Returns the combined weight of all tasks.
    #[inline]
    pub(super) fn combined(&mut self) -> u64 {
        if let Some(leaf) = self.stale.take() {
            self.set(leaf, 0);
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
    fn set(&mut self, leaf: usize, weight: u64) {
        let (mut node, mut weight) = (self.leaves + leaf, weight);
        self.nodes[node] = weight;
        if self.leaves == FEW {
            return;
        }
        while node > 1 {
            weight = O::combine(weight, self.nodes[node ^ 1]);
            node /= 2;
            self.nodes[node] = weight;
        }
    }

    #[cold]
    fn grow(&mut self, leaf: usize) {
        let leaves = (leaf + 1).next_power_of_two().max(FEW);
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
    /// Returns the leaf at which the running sum of the weights first exceeds `point`.
    #[inline]
    pub(super) fn leaf_at(&self, mut point: u64) -> usize {
        if let Some(few) = self.few() {
            let (mut sum, mut leaf) = (0, 0);
            for weight in &few[..FEW - 1] {
                sum += weight;
                leaf += usize::from(point >= sum);
            }
            return leaf;
        }
        let mut node = 1;
        while node < self.leaves {
            node *= 2;
            let weight = self.nodes[node];
            let is_right = point >= weight;
            point -= u64::from(is_right) * weight;
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

    /// Updates of few or of many leaves.
    fn updates<T: Debug>(weight: impl Strategy<Value = T> + Clone) -> impl Strategy<Value = Vec<(usize, T)>> {
        let updates = move |leaves: usize| prop::collection::vec((0..leaves, weight.clone()), 1..60);
        prop_oneof![updates(FEW), updates(LEAVES)]
    }

    const LEAVES: usize = 40;

    proptest! {
        #[test]
        fn sums_and_weighted_lookups_match_a_model(updates in updates(0..9_u64)) {
            let (mut tree, mut model) = (Tree::<Sum>::default(), [0; LEAVES]);
            for (leaf, weight) in updates {
                if model[leaf] > 0 && weight == 0 {
                    tree.remove(leaf);
                } else {
                    tree.insert(leaf, weight);
                }
                model[leaf] = weight;
                if weight % 2 == 0 {
                    prop_assert_eq!(tree.combined(), model.iter().sum::<u64>());
                }
            }
            tree.combined();
            let leaves = (0..LEAVES).flat_map(|leaf| std::iter::repeat_n(leaf, model[leaf] as usize));
            for (point, leaf) in leaves.enumerate() {
                prop_assert_eq!(tree.leaf_at(point as u64), leaf);
            }
        }

        #[test]
        fn the_maximum_matches_a_model(updates in updates(any::<u64>())) {
            let (mut tree, mut model) = (Tree::<Max>::default(), [0; LEAVES]);
            for (leaf, weight) in updates {
                tree.insert(leaf, weight);
                model[leaf] = weight;
                prop_assert_eq!(Some(tree.combined()), model.iter().max().copied());
            }
        }
    }
}
