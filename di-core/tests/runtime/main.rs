//! Services at run time: the lifecycle of a host, ambient services, tasks and `select!`.

mod ambient;
mod lifecycle;
mod select;
mod task;
