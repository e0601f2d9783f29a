//! The executor: tasks, time and `select!`, and user code that panics or hangs.

mod liveness;
mod no_false_alarms;
mod robustness;
mod select;
#[path = "../support/mod.rs"]
mod support;
mod tasks;
