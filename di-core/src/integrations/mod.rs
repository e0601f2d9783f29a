//! Other frameworks: axum, hyper and shaku.

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "hyper")]
pub mod hyper;
pub(crate) mod shaku;
