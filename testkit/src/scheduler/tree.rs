use std::marker::PhantomData;

/// A number of each task in line, and what all of them come to, by an operation such as the sum or the greatest.
///
/// To change one, and to go to one from the top, takes as many steps as the tree is high, and no branch that depends on the
/// numbers: which task is chosen at random, no processor can foresee. Of a few tasks, there are only their numbers.
#[derive(Default)]
pub(super) struct Tree<O> {
    /// From 1 on, each above the two that it comes of, unless there are few; the last half are those of the tasks. 0 is of who
    /// is not in line.
    nodes: Vec<u64>,
    leaves: usize,
    /// Whose number is still there, although he has left: mostly he comes back before it is looked at.
    left: Option<usize>,
    operation: PhantomData<O>,
}

/// So few are looked at one by one.
const FEW: usize = 8;

/// What two numbers come to.
pub(super) trait Operation {
    fn of(one: u64, other: u64) -> u64;
}

#[derive(Default)]
pub(super) struct Sum;

#[derive(Default)]
pub(super) struct Greatest;

impl Operation for Sum {
    #[inline]
    fn of(one: u64, other: u64) -> u64 {
        one.wrapping_add(other)
    }
}

impl Operation for Greatest {
    #[inline]
    fn of(one: u64, other: u64) -> u64 {
        one.max(other)
    }
}

impl<O: Operation> Tree<O> {
    /// Nobody is in line. A run of many tasks makes no tree for those of a few behind it.
    pub(super) fn clear(&mut self) {
        self.leaves = self.leaves.min(FEW);
        self.nodes.truncate(2 * self.leaves);
        self.nodes.fill(0);
        self.left = None;
    }

    /// Who is at a place comes to the line.
    #[inline]
    pub(super) fn put(&mut self, place: usize, number: u64) {
        if self.left == Some(place) {
            self.left = None;
        }
        if place >= self.leaves {
            self.grow(place);
        }
        self.set(place, number);
    }

    /// Who is at a place leaves it; somebody is there.
    #[inline]
    pub(super) fn leave(&mut self, place: usize) {
        debug_assert!(self.left.is_none());
        self.left = Some(place);
    }

    /// What all in line come to.
    #[inline]
    pub(super) fn all(&mut self) -> u64 {
        if let Some(place) = self.left.take() {
            self.set(place, 0);
        }
        match self.few() {
            Some([a, b, c, d, e, f, g, h]) => {
                O::of(O::of(O::of(*a, *b), O::of(*c, *d)), O::of(O::of(*e, *f), O::of(*g, *h)))
            }
            None => self.nodes.get(1).copied().unwrap_or(0),
        }
    }

    /// The numbers, if they are few.
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
            number = O::of(number, self.nodes[node ^ 1]);
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
            nodes[node] = O::of(nodes[2 * node], nodes[2 * node + 1]);
        }
        (self.nodes, self.leaves) = (nodes, leaves);
    }
}

impl Tree<Sum> {
    /// The place in whose part a point of the sum of all lies.
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

    /// What comes to a few places, or to many.
    fn acts<T: Debug>(number: impl Strategy<Value = T> + Clone) -> impl Strategy<Value = Vec<(usize, T)>> {
        let acts = move |places: usize| prop::collection::vec((0..places, number.clone()), 1..60);
        prop_oneof![acts(FEW), acts(PLACES)]
    }

    const PLACES: usize = 40;

    proptest! {
        #[test]
        fn it_knows_the_sum_and_whose_part_is_where(acts in acts(0..9_u64)) {
            let (mut tree, mut model) = (Tree::<Sum>::default(), [0; PLACES]);
            for (place, number) in acts {
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
            let whose = (0..PLACES).flat_map(|place| std::iter::repeat_n(place, model[place] as usize));
            for (point, place) in whose.enumerate() {
                prop_assert_eq!(tree.place_at(point as u64), place);
            }
        }

        #[test]
        fn it_knows_the_greatest(acts in acts(any::<u64>())) {
            let (mut tree, mut model) = (Tree::<Greatest>::default(), [0; PLACES]);
            for (place, number) in acts {
                tree.put(place, number);
                model[place] = number;
                prop_assert_eq!(Some(tree.all()), model.iter().max().copied());
            }
        }
    }
}
