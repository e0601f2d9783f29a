//! Access to tokio's runtime, budget and random numbers.
//!
#![doc = include_str!("README.md")]

mod budget;
mod paths;
mod runtime;
mod select_draws;
mod thread_rng;

pub(crate) use budget::{FULL_BUDGET, is_spent, left};
pub(crate) use paths::{Primitive, is_join, is_missing_io_driver, is_scheduling, is_timer};
pub(crate) use runtime::{PausedRuntime, Waited, is_in_raw_task};
pub(crate) use select_draws::{
    DrawLimit, DrawSite, MAX_STEERED, SelectDraws, UnknownDraw, select_starts, start_count, wanted,
};
pub(crate) use thread_rng::ThreadRng;
