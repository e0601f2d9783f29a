//! Conditional code in expansions. A plain `#[cfg]` would test the features of the calling crate.

/// Expands to its items if the `tokio` feature is enabled, and to nothing otherwise.
#[doc(hidden)]
#[cfg(feature = "tokio")]
#[macro_export]
macro_rules! __if_tokio {
    ($($item:item)*) => { $($item)* };
}

/// Expands to its items if the `tokio` feature is enabled, and to nothing otherwise.
#[doc(hidden)]
#[cfg(not(feature = "tokio"))]
#[macro_export]
macro_rules! __if_tokio {
    ($($item:item)*) => {};
}
