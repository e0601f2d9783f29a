#![doc = include_str!("README.md")]

mod budget;
mod runtime;
mod select_draws;
mod thread_rng;

pub(crate) use budget::{is_spent, left};
pub(crate) use runtime::{PausedRuntime, Waited, is_in_raw_task};
pub(crate) use select_draws::{DrawSite, MAX_STEERED, SelectDraws, UnknownDraw, select_starts, wanted, ways};
pub(crate) use thread_rng::ThreadRng;

/// Number of operations that a poll may do if it is not preempted.
pub(crate) use budget::USUAL as FULL_BUDGET;
