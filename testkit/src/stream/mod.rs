//! Streams by script.

mod script;

pub use script::{Script, script};
