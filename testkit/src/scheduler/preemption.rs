//! The preemption points of PCT, POS and SURW.

use fastrand::Rng;

/// Chooses after how many operations a poll is preempted, so that the scheduler can switch tasks between any two
/// operations.
///
/// Usually 0 or 1. Both are needed: tokio acquires a lock before it checks the budget, so a task that is preempted
/// after one operation may hold two locks. Returns `None` once in 32 times, because code that needs two tokio
/// operations in one poll would otherwise never make progress.
#[inline]
pub(super) fn preempt_anywhere(rng: &mut Rng) -> Option<u32> {
    let drawn = rng.u32(..) % 32;
    (drawn < 31).then_some(drawn % 2)
}
