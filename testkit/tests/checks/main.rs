//! Checks of hand-written code: the laws of poll functions, linearizability, and cancellation at every await.

mod cancel;
mod laws;
mod linear;
#[path = "../support/mod.rs"]
mod support;
