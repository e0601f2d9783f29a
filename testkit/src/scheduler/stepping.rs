use fastrand::Rng;

/// Preempts a poll so that whose turn it is can be decided between any two operations: after how many of them.
///
/// It is mostly one, or none. Both are needed: tokio's locks are taken before they look at the budget, so that a task which is
/// stopped after one operation may have taken two locks. Now and then a poll is not preempted: what takes two operations of
/// tokio at once would else never be done.
#[inline]
pub(super) fn step(rng: &mut Rng) -> Option<u32> {
    let drawn = rng.u32(..) % 32;
    (drawn < 31).then_some(drawn % 2)
}
