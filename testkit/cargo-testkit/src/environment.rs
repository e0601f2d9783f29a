//! The environment variables that the subcommand sets for the wrapper.

/// Directory for the copies of tokio. Its presence shows the program that it is called as a wrapper.
pub(crate) const SOURCES: &str = "CARGO_TESTKIT_SOURCES";

/// The user's own `RUSTC_WRAPPER`, which the wrapper calls in turn.
pub(crate) const NEXT_WRAPPER: &str = "CARGO_TESTKIT_NEXT_WRAPPER";
