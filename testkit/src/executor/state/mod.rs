//! The state of a run that the run loop shares with the polled code.

mod fake_registry;
mod hosts;
mod observations;
mod requests;
mod run_queue;
mod task_table;
mod tokio_tasks;
mod world;

pub(crate) use fake_registry::ReportScope;
pub(in crate::executor) use requests::RefusedCall;
pub(in crate::executor) use task_table::TaskInfo;
pub(crate) use task_table::{DequeuedTask, TaskFuture, TaskProgress};
pub(in crate::executor) use tokio_tasks::Entered;
pub(crate) use world::World;
