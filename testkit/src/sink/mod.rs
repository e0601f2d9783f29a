//! Sinks that follow [a script](script).

mod expected;
mod received;
mod script;

pub use received::Received;
pub use script::{Script, script};
