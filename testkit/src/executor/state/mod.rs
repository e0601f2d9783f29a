//! The state of a run that the run loop shares with the code that it polls.

mod fake_registry;
mod observations;
mod requests;
mod run_queue;
mod task_table;
mod world;

pub(crate) use fake_registry::ReportScope;
pub(crate) use task_table::{TaskFuture, TaskProgress, Turn};
pub(crate) use world::World;
