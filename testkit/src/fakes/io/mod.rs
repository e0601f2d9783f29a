//! Readers and writers: [a connection in memory](duplex) with what a real one has, and ones that follow [a script](script()).

mod duplex;
mod lane;
mod script;
mod transcript;

pub use duplex::{Duplex, DuplexEnd, duplex};
pub use script::{Script, Scripted, script};
pub use transcript::Transcript;
