//! Clocks and randomness of the operating system, as the code under test sees them. With the feature `interpose`, they
//! are virtual; without it, they are the real ones.

#[cfg(feature = "interpose")]
pub(crate) use crate::interpose::{advance_to, inside, set_seed, set_time};

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
    pub(crate) fn advance_to(_: Duration) {}

    #[inline]
    pub(crate) fn set_seed(_: u64) {}
}

#[cfg(not(feature = "interpose"))]
pub(crate) use real::{advance_to, inside, set_seed, set_time};
