//! The clock of build times and timeouts.

/// A point in time. With the feature `tokio`, it follows the paused clock of a test and the virtual time of a
/// simulation.
#[cfg(feature = "tokio")]
pub(crate) use tokio::time::Instant;

#[cfg(not(feature = "tokio"))]
pub(crate) use std::time::Instant;
