//! Readers and writers: a connection in memory, with what a real one has.

mod duplex;
mod lane;
mod transcript;

pub use duplex::{Duplex, DuplexEnd, duplex};
pub use transcript::Transcript;

use std::task::Waker;

/// Keeps the newest waker in a place. Returns the one before, to be dropped where no lock is held: it may run code of others.
fn keep(place: &mut Option<Waker>, waker: &Waker) -> Option<Waker> {
    match place {
        Some(old) if old.will_wake(waker) => None,
        _ => place.replace(waker.clone()),
    }
}
