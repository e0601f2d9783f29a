//! Readers and writers that follow [a script](script).

mod bytes;
mod follow;
mod halves;
mod script;

pub use script::{Script, script};
