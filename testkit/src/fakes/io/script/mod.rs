//! Readers and writers that follow a script.

mod builder;
mod bytes;
mod halves;
mod poll;
mod scripted;
mod step;

pub use builder::{Script, script};
pub use scripted::Scripted;
