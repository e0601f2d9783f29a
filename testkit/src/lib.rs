//! Fakes for tests of async Rust services.
//!
//! - [`MockClock`]: a clock that is moved by hand.
//! - [`graph::assert_golden`]: the wiring of a container, kept in the repository.
//! - [`stream::script`]: a stream that yields what a script says, and reports what was left unread.
//!
//! Mocks of traits are [mockall](https://docs.rs/mockall)'s; a slice of a container (`di-core`) puts them in their places.
#![deny(missing_docs)]

mod clock;
pub mod graph;
pub mod stream;

pub use clock::MockClock;

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
