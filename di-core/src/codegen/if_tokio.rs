//! Conditional code in expansions. A plain `#[cfg]` would test the features of the calling crate.

/// Expands to its items with the feature `tokio`, and to nothing without it.
#[doc(hidden)]
#[cfg(feature = "tokio")]
#[macro_export]
macro_rules! __if_tokio {
    ($($item:item)*) => { $($item)* };
}

/// Expands to its items with the feature `tokio`, and to nothing without it.
#[doc(hidden)]
#[cfg(not(feature = "tokio"))]
#[macro_export]
macro_rules! __if_tokio {
    ($($item:item)*) => {};
}
