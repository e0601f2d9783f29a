use fastrand::Rng;

/// Chooses a preemption such that the scheduler can switch tasks between any two operations. Returns after how many
/// operations the poll is preempted.
///
/// Mostly 0 or 1. Both are needed: tokio acquires a lock before it checks the budget, so a task that is stopped after
/// one operation may hold two locks. Now and then a poll is not preempted, because code that needs two tokio operations
/// in one poll would never make progress otherwise.
#[inline]
pub(super) fn step(rng: &mut Rng) -> Option<u32> {
    let drawn = rng.u32(..) % 32;
    (drawn < 31).then_some(drawn % 2)
}
