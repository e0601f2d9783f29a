//! Services at run time: hosts and their lifecycle, ambient services, tasks and `select!`.

mod ambient;
mod error_chains;
mod lifecycle;
mod log;
mod production;
mod scopes;
mod select;
mod task;
