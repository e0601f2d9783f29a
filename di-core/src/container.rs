use crate::build::Start;
use crate::lifecycle::Hooks;
use crate::{Graph, Node};

/// A struct whose fields say how they are made.
///
/// `#[derive(Container)]` writes this; see the [crate's front page](crate) for what the derive understands.
pub trait Container: Sized + 'static {
    /// The fields while they are being built, each an `Option`.
    #[doc(hidden)]
    type Fields;

    /// The container's graph, as static data.
    const GRAPH: &'static Graph;

    #[doc(hidden)]
    const STARTS: &'static [Start<Self::Fields>];

    /// Node indexes, each after all that it depends on.
    #[doc(hidden)]
    const ORDER: &'static [usize];

    #[doc(hidden)]
    fn no_fields() -> Self::Fields;

    #[doc(hidden)]
    fn is_there(fields: &Self::Fields, node: usize) -> bool;

    #[doc(hidden)]
    fn clear(fields: &mut Self::Fields, node: usize);

    #[doc(hidden)]
    fn finish(fields: Self::Fields) -> Self;

    #[doc(hidden)]
    fn hooks_mut(fields: &mut Self::Fields) -> &mut Hooks;

    /// Clones a node's value, if it is `Clone`, for a constructor that is called after the build.
    #[doc(hidden)]
    fn keep(_fields: &Self::Fields, _node: usize, _kept: &mut Self::Fields) {
        unreachable!(
            "di-core keeps a field of a container without lazy ones; please report this as a defect of di-core"
        )
    }

    /// The builder of this container as a module: overrides, without inputs.
    #[doc(hidden)]
    type Overrides;

    #[doc(hidden)]
    fn overrides(fields: Self::Fields) -> Self::Overrides;

    #[doc(hidden)]
    fn overridden(overrides: Self::Overrides) -> Self::Fields;
}

/// What the derive knows of each node: its public data, and how to start it. Both stand in one table, so that the
/// compiler reports a component that cannot be built once.
#[doc(hidden)]
pub struct Wiring<F, const N: usize> {
    pub nodes: [Node; N],
    pub starts: [Start<F>; N],
}
