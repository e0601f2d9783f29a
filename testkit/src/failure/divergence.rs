//! Comparison of two runs of one schedule.

use super::RunRecord;
use crate::trace::Step;

/// The first step in which two runs of one schedule differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Divergence {
    /// Number of the step, from 1.
    pub(crate) step: usize,
    /// The step as the first run took it; `None` if that run had ended.
    pub(crate) first: Option<Step>,
    /// The step as the second run took it; `None` if that run had ended.
    pub(crate) second: Option<Step>,
}

impl Divergence {
    /// Compares two traced runs of one schedule. Returns `None` if they took the same steps.
    pub(crate) fn between(first: &RunRecord, second: &RunRecord) -> Option<Self> {
        let (a, b) = (&first.trace, &second.trace);
        let length = a.len().max(b.len());
        // A replay does not make the choices that follow the last deviation, so deviations are not compared.
        let without_deviations = |step: &Step| Step { deviations: 0, ..*step };
        let differs = |&at: &usize| a.get(at).map(without_deviations) != b.get(at).map(without_deviations);
        let at = (0..length).find(differs)?;
        Some(Divergence { step: at + 1, first: a.get(at).copied(), second: b.get(at).copied() })
    }
}
