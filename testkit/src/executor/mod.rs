//! The executor, which runs a test once under one schedule. It polls tasks one at a time, in virtual time.

mod engine;
mod execution;
mod fingerprint;
mod foreign_threads;
mod idle;
mod in_simulation;
mod instrumented_poll;
mod liveness;
mod panics;
mod plan;
mod raw_tasks;
mod runner;
mod stack_sampler;
mod state;
mod task;
mod tokio;

pub use self::tokio::has_tokio_hooks;
pub(crate) use self::tokio::{
    DrawLimit, Primitive, SelectDraws, is_join as is_tokio_join, is_scheduling as is_tokio_scheduling,
    is_timer as is_tokio_timer, select_starts,
};
pub(crate) use engine::Engine;
pub(crate) use execution::POLL_MODULE;
pub(crate) use foreign_threads::{OwnThread, start_worker};
#[cfg(feature = "interpose")]
pub(crate) use in_simulation::set_seed;
pub(crate) use liveness::{Followed, ObservedWake, Suspect, Unwatched, Watch, WatchResult};
#[cfg(feature = "interpose")]
pub(crate) use panics::aborting;
pub(crate) use panics::{capture as capture_panics, take as take_panics, with_printed as with_printed_panics};
pub(crate) use plan::{DROPPING, Heartbeat, Observe, RunLimits, RunPlan, TestFn};
pub(crate) use runner::{RunResult, RunSummary, run};
pub(crate) use stack_sampler::{Samples, processor_time, sampled_stacks};
pub(crate) use state::{ReportScope, TaskFuture, World};
pub(crate) use task::JoinState;

/// Path of this module.
pub(crate) const MODULE: &str = module_path!();
