//! The branch that `select!` polls first, which a simulation can choose.

use std::sync::OnceLock;

/// Chooses the branch that `select!` polls first, in a simulation.
static START: OnceLock<fn(u32) -> Option<u32>> = OnceLock::new();

/// Sets the function that chooses which branch [`select!`](crate::select!) polls first. Intended for test executors.
///
/// `choose` takes the number of branches. If it returns `None`, tokio chooses at random. Only the first call in a
/// process has an effect.
pub fn set_select_start(choose: fn(u32) -> Option<u32>) {
    _ = START.set(choose);
}

/// Returns the index of the branch to poll first.
pub fn select_start(branches: u32) -> u32 {
    let chosen = START.get().and_then(|choose| choose(branches));
    chosen.unwrap_or_else(|| tokio::macros::support::thread_rng_n(branches))
}
