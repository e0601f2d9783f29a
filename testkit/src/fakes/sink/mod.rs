//! Sinks that follow [a script](script).

mod expected;
mod received;
mod script;
mod scripted;

pub use received::Received;
pub use script::{Script, script};
pub use scripted::Scripted;
