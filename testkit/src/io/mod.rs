//! Readers and writers that follow [a script](script).

mod bytes;
mod follow;
mod halves;
mod script;
mod scripted;
mod step;

pub use script::{Script, script};
pub use scripted::Scripted;
