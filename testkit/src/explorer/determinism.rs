//! Whether a test does the same under the same schedule.

use crate::sim::{Ran, Step};

/// Where two runs under one schedule differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Divergence {
    /// The step, from 1.
    pub(crate) step: usize,
    /// What each run did there; none, if it had ended.
    pub(crate) first: Option<Step>,
    pub(crate) second: Option<Step>,
}

/// Compares two runs under one schedule.
pub(super) fn divergence(first: &Ran, second: &Ran) -> Option<Divergence> {
    let (a, b) = (&first.trace, &second.trace);
    let length = a.len().max(b.len());
    let differs = |&at: &usize| a.get(at).map(observed) != b.get(at).map(observed);
    let at = (0..length).find(differs)?;
    Some(Divergence { step: at + 1, first: a.get(at).copied(), second: b.get(at).copied() })
}

/// What is compared of a step. The choices behind it are not: what replays a schedule makes no others.
fn observed(step: &Step) -> (u32, u32, bool, u32, std::time::Duration) {
    (step.task, step.poll, step.is_ready, step.woken, step.time)
}
