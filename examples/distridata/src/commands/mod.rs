//! Implementations of the commands, one per module.

mod demo;
mod error;
mod get;
mod graph;
mod ls;
mod output;
mod progress;
mod put;
mod serve;
mod start_up;

pub use demo::demo;
pub use error::CommandError;
pub use get::get;
pub use graph::graph;
pub use ls::ls;
pub use put::put;
pub use serve::{host, serve};
pub use start_up::start_up;
