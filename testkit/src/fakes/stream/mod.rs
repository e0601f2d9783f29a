//! Streams that a test decides over: [by script](script), or [item by item](channel).

mod channel;
mod script;

pub use channel::{Receiver, Sender, channel};
pub use script::{Script, script};
