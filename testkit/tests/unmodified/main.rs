//! Tasks of code that only knows tokio, under `cargo testkit`:
//!
//! ```text
//! cargo testkit test -p testkit --test unmodified
//! ```
//!
//! An ordinary `cargo test` ignores these tests, because tokio needs the hooks that `cargo testkit` compiles into it.

#![cfg(testkit_tokio_hooks)]

mod blocking;
mod handles;
mod orders;
mod preemption;
#[path = "../support/mod.rs"]
mod support;
mod verdicts;
