use fastrand::Rng;

/// Preempts a poll so that whose turn it is can be decided between any two operations: after how many of them.
///
/// It is one, or none. Both are needed: tokio's locks are taken before they look at the budget, so that a task which is
/// stopped after one operation may have taken two locks.
#[inline]
pub(super) fn step(rng: &mut Rng) -> u32 {
    u32::from(rng.bool())
}
