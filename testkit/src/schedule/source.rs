use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;

use super::{Key, Profile};

/// Where the choices of a run come from.
#[derive(Clone, Default)]
pub(crate) enum Source {
    /// The default of each, and a probe wherever one tells anything.
    #[default]
    Default,
    /// Chance, by one of the strategies.
    Search(Box<Search>),
    /// Those of a schedule; otherwise the default.
    Replay(Arc<BTreeMap<Key, u32>>),
    /// The same, and what others there would have been behind them is told.
    Bounded { departures: Arc<BTreeMap<Key, u32>>, preempts: bool },
}

/// A run by chance.
#[derive(Clone)]
pub(crate) struct Search {
    pub(crate) walk: Walk,
    pub(crate) rng: Rng,
    /// Whether polls may be preempted.
    pub(crate) preempts: bool,
    /// What the first run has shown.
    pub(crate) profile: Arc<Profile>,
}

/// The strategy of a run by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    Random,
    Pct { depth: u32 },
    Pos,
    Surw,
}
