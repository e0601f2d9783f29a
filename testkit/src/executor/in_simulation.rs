//! What the code under test sees of the operating system's clocks and randomness: with the feature `interpose` the
//! simulation's, without it the real ones.

#[cfg(feature = "interpose")]
pub(crate) use crate::interpose::{inside, set_seed, set_time};

#[cfg(not(feature = "interpose"))]
mod real {
    use std::time::Duration;

    #[inline]
    pub(crate) fn inside<R>(act: impl FnOnce() -> R) -> R {
        act()
    }

    #[inline]
    pub(crate) fn set_time(_: Duration, _: Duration) {}

    #[inline]
    pub(crate) fn set_seed(_: u64) {}
}

#[cfg(not(feature = "interpose"))]
pub(crate) use real::{inside, set_seed, set_time};
