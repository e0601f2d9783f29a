//! Sources of the choices of a run: defaults, an algorithm, or a schedule.

use std::sync::Arc;

use fastrand::Rng;

use super::Profile;
use crate::schedule::Deviations;

/// Source of the choices of a run.
#[derive(Clone, Default)]
pub(crate) enum ChoiceSource {
    /// The default for each choice.
    #[default]
    Default,
    /// Random choices by one of the algorithms.
    Random(Box<RandomSource>),
    /// The choices of a schedule; the default for all others.
    Replay(Arc<Deviations>),
    /// The choices of a schedule; the default for all others. For searches that bound the number of deviations, such
    /// as those with the setting `exhaustive`.
    Bounded { deviations: Arc<Deviations>, alternatives: Alternatives },
}

/// Choices that could follow those of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alternatives {
    Ignored,
    /// The alternatives to default choices.
    Recorded {
        /// Whether preemptions are included.
        preempts: bool,
        /// Whether holds are included (see [`ChoiceKey::Hold`](crate::schedule::ChoiceKey::Hold)).
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
    /// Step counts of the first run.
    pub(crate) profile: Arc<Profile>,
    /// Whether fakes behave normally. Such a run measures the test without faults.
    pub(crate) is_fault_free: bool,
}

/// Algorithm that makes the random choices of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlgorithmKind {
    Random,
    Pct { depth: u32 },
    Pos,
    Surw,
}
