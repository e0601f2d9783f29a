use std::sync::Arc;

use fastrand::Rng;

use super::Profile;
use crate::schedule::Deviations;

/// Source of the choices of a run.
#[derive(Clone, Default)]
pub(crate) enum ChoiceSource {
    /// The default for each choice, with a spurious poll wherever one can reveal a missed waker.
    #[default]
    Default,
    /// Random choices by one of the algorithms.
    Random(Box<RandomSource>),
    /// The choices of a schedule; the default for all others.
    Replay(Arc<Deviations>),
    /// The choices of a schedule; the default for all others, with all spurious polls.
    Bounded { deviations: Arc<Deviations>, alternatives: Alternatives },
}

/// Alternatives to record after the choices of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alternatives {
    Ignored,
    /// The alternatives to the default choices.
    Recorded {
        /// Include preempting polls.
        preempts: bool,
        /// Include holding tasks back.
        holds: bool,
    },
}

/// Settings of a run with random choices.
#[derive(Clone)]
pub(crate) struct RandomSource {
    pub(crate) algorithm: AlgorithmKind,
    pub(crate) rng: Rng,
    /// Whether polls may be preempted.
    pub(crate) preempts: bool,
    /// Step counts measured in the first run.
    pub(crate) profile: Arc<Profile>,
    /// Whether fakes behave normally and every spurious poll that can reveal a missed waker is made. Such a run shows
    /// how long the test is when nothing fails.
    pub(crate) is_calm: bool,
}

/// Algorithm that makes the random choices of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlgorithmKind {
    Random,
    Pct { depth: u32 },
    Pos,
    Surw,
}
