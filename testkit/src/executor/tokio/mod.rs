//! Access to tokio's runtime, budget and random numbers.
//!
#![doc = include_str!("README.md")]

mod budget;
mod hooks;
mod paths;
mod runtime;
mod select_draws;
mod thread_rng;

pub use hooks::has_tokio_hooks;

pub(crate) use budget::{FULL_BUDGET, is_spent, left};
pub(crate) use paths::{Primitive, is_join, is_missing_io_driver, is_scheduling, is_timer};
#[cfg(not(testkit_tokio_hooks))]
pub(crate) use runtime::is_in_tokio_task;
pub(crate) use runtime::{PausedRuntime, Waited};
pub(crate) use select_draws::{
    DrawLimit, DrawSite, MAX_STEERED, SelectDraws, UnknownDraw, select_starts, start_count, wanted,
};
pub(crate) use thread_rng::ThreadRng;
