//! Readers and writers: [in-memory connections](duplex) that behave like real ones, and ones that follow
//! [a script](script()).

mod duplex;
mod pipe;
mod script;
mod transcript;

pub use duplex::{Duplex, DuplexEnd, duplex};
pub use script::{Script, Scripted, script};
pub use transcript::Transcript;
