//! Containers with random graphs, which the compiler computes from a seed.

use std::sync::Arc;

use di_core::Graph;
use di_core::codegen::{BuildNode, Constructor, Hooks, Node, NodeKind, Phase, Step, boxed_future, step_async};
use di_core::wiring::Container;
use testkit::Sim;

use crate::case::{Case, PARTS};
use crate::part::Part;
use crate::world::{NAMES, World};

/// A container of six components. Each depends on some earlier ones.
pub(crate) struct Random<const SEED: u64>;

/// The dependencies of a component: the first `count` entries of `indexes`.
#[derive(Clone, Copy)]
pub(crate) struct Dependencies {
    indexes: [usize; PARTS],
    count: usize,
}

impl Dependencies {
    pub(crate) fn indexes(&self) -> &[usize] {
        &self.indexes[..self.count]
    }
}

/// The next number of a SplitMix64 generator (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number
/// Generators").
const fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

const fn lists(seed: u64) -> [Dependencies; PARTS] {
    let mut lists = [Dependencies { indexes: [0; PARTS], count: 0 }; PARTS];
    let mut state = seed;
    let mut part = 1;
    while part < PARTS {
        let mut other = 0;
        while other < part {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            if mixed(state) % 5 < 2 {
                lists[part].indexes[lists[part].count] = other;
                lists[part].count += 1;
            }
            other += 1;
        }
        part += 1;
    }
    lists
}

impl<const SEED: u64> Random<SEED> {
    pub(crate) const LISTS_OF_DEPENDENCIES: &'static [Dependencies; PARTS] = &lists(SEED);

    const NODES: [Node; PARTS] =
        [Self::node(0), Self::node(1), Self::node(2), Self::node(3), Self::node(4), Self::node(5)];

    const fn node(part: usize) -> Node {
        let Dependencies { indexes, count } = &Self::LISTS_OF_DEPENDENCIES[part];
        let (dependencies, _) = indexes.split_at(*count);
        let constructor = Constructor::new(dependencies).with_async(true).with_hooks();
        Node::new(NAMES[part], "Arc<Part>", NodeKind::Component, NAMES[part], constructor, 1)
    }
}

/// The state of a build.
pub(crate) struct Fields {
    world: Arc<World>,
    is_built: [bool; PARTS],
    hooks: Hooks,
}

impl Fields {
    pub(crate) fn new(world: Arc<World>) -> Fields {
        Fields { world, is_built: [false; PARTS], hooks: Hooks::default() }
    }
}

fn build<const PART: usize>(fields: &mut Fields, phase: Phase) -> Step<()> {
    let world = fields.world.clone();
    match step_async(phase, || boxed_future(Part::new(PART, world))) {
        Step::Ready(part) => {
            fields.hooks.add(PART, Arc::new(part));
            fields.is_built[PART] = true;
            Step::Ready(())
        }
        Step::NotReady(rest) => Step::NotReady(rest),
    }
}

impl<const SEED: u64> Container for Random<SEED> {
    type Fields = Fields;
    type Overrides = Fields;

    const GRAPH: &'static Graph = &Graph::new("Random", file!(), &Self::NODES);
    const BUILD_NODES: &'static [BuildNode<Fields>] =
        &[build::<0>, build::<1>, build::<2>, build::<3>, build::<4>, build::<5>];
    const ORDER: &'static [usize] = &[0, 1, 2, 3, 4, 5];

    fn empty_fields() -> Fields {
        unreachable!("a test supplies the fields")
    }

    fn is_built(fields: &Fields, node: usize) -> bool {
        fields.is_built[node]
    }

    fn clear(fields: &mut Fields, node: usize) {
        fields.is_built[node] = false;
    }

    fn finish(_: Fields) -> Self {
        Random
    }

    fn hooks_mut(fields: &mut Fields) -> &mut Hooks {
        &mut fields.hooks
    }

    fn overrides(fields: Fields) -> Fields {
        fields
    }

    fn into_fields(fields: Fields) -> Fields {
        fields
    }
}

/// Runs the host of one of 16 graphs.
pub(crate) async fn start_graph(sim: Sim, case: Case) {
    macro_rules! select_graph {
        ($($seed:literal)*) => {
            match case.graph % 16 {
                $($seed => crate::host::<$seed>(sim, case).await,)*
                _ => unreachable!("a remainder of 16"),
            }
        };
    }
    select_graph!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
}
