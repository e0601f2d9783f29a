use std::sync::Arc;

use fastrand::Rng;

use super::Profile;
use crate::schedule::Departures;

/// Where the choices of a run come from.
#[derive(Clone, Default)]
pub(crate) enum Source {
    /// The default of each, and a probe wherever one tells anything.
    #[default]
    Default,
    /// Chance, by one of the strategies.
    Search(Box<Search>),
    /// Those of a schedule; otherwise the default.
    Replay(Arc<Departures>),
    /// Those of a schedule; otherwise the default, and all probes.
    Bounded { departures: Arc<Departures>, noting: Noting },
}

/// What is noted of the choices behind those of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noting {
    Nothing,
    /// Which there would have been.
    Others {
        /// Those to preempt polls among them.
        preempts: bool,
        /// Those to hold tasks back among them.
        holds: bool,
    },
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
    /// Whether fakes do nothing unusual, so that the run shows how long the test is where all goes well; and each probe is
    /// made that tells anything.
    pub(crate) is_calm: bool,
}

/// The strategy of a run by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    Random,
    Pct { depth: u32 },
    Pos,
    Surw,
}
