//! Checks of user code: the laws of poll functions, linearizability, and cancellation at every await.

mod cancel;
mod laws;
mod linearizability;
#[path = "../support/mod.rs"]
mod support;
