//! Tests of `unmodified-service`. They find its bug under `cargo testkit`:
//!
//! ```text
//! cargo testkit test -p unmodified-tests -- --ignored
//! ```
