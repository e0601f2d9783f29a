//! What the code under test sees of the operating system's clocks and randomness: with the feature `interpose` the
//! simulation's, without it the real ones.

#[cfg(feature = "interpose")]
pub(crate) use crate::interpose::{enter, set_seed, set_time};

#[cfg(not(feature = "interpose"))]
mod real {
    use std::time::Duration;

    /// Nothing, for as long as it is kept.
    pub(crate) struct Inside;

    #[inline]
    pub(crate) fn enter() -> Inside {
        Inside
    }

    #[inline]
    pub(crate) fn set_time(_: Duration, _: Duration) {}

    #[inline]
    pub(crate) fn set_seed(_: u64) {}
}

#[cfg(not(feature = "interpose"))]
pub(crate) use real::{enter, set_seed, set_time};
