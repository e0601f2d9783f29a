//! Streams controlled by a test: [by a script](script), or [item by item](channel).

mod channel;
mod script;

pub use channel::{Receiver, Sender, channel};
pub use script::{Script, script};
